"""What a tablet should be: editions and the compilers that turn them into Apple profiles and declarations."""
