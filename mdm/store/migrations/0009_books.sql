-- Paths of books that editions ever put into the storage of Android tablets, so that what leaves is taken away.
CREATE TABLE android_book (
    path TEXT PRIMARY KEY
);
