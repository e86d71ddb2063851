"""What is refused about places on the map, in words."""

from typing import ClassVar

from mdm.fleet_view.errors import ViewError
from mdm.i18n import N_


class FileNotGeojson(ViewError):
    """The file is not GeoJSON, or too large."""

    code: ClassVar[str] = "geojson_unreadable"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The file is not a GeoJSON collection of at most {limit} MiB.")
    hint: ClassVar[str] = N_("Download the communes of your department, in the format GeoJSON, from geo.api.gouv.fr.")


class GeometryWrong(ViewError):
    """A commune's geometry cannot be read."""

    code: ClassVar[str] = "geometry_wrong"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The place of the commune {insee} cannot be read from the file.")
    hint: ClassVar[str] = N_("Contours and centres are in degrees (WGS 84), as Polygon, MultiPolygon or Point.")


class CommunesMissing(ViewError):
    """No feature is a commune."""

    code: ClassVar[str] = "communes_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The file has no commune in it.")
    hint: ClassVar[str] = N_("Each commune needs the property “code” with its INSEE code.")


class NoneOfTerritory(ViewError):
    """The communes of the file are others than the territory's."""

    code: ClassVar[str] = "communes_elsewhere"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("None of the {count} communes in the file belongs to your territory.")
    hint: ClassVar[str] = N_("Import the schools first; then download the file of your own department.")
