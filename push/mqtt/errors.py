"""What can go wrong between the server and the MQTT broker, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class MqttError(ValiseError):
    """Something about the broker is not right."""

    code: ClassVar[str] = "mqtt_error"
    status: ClassVar[int] = 503


class BrokerAway(MqttError):
    """The broker did not confirm a message: it is to be sent again."""

    code: ClassVar[str] = "mqtt_broker_away"
    message: ClassVar[str] = N_("The MQTT broker did not confirm the message.")
    hint: ClassVar[str] = N_("See whether the broker runs. Nothing is lost: the message is sent again.")


class NumberRefused(MqttError):
    """A device number that cannot be a topic: empty, too long, or with a sign that MQTT gives a meaning."""

    code: ClassVar[str] = "mqtt_number_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The device number cannot be an MQTT topic: it holds +, #, / or a control character.")


class BrokerNameRefused(MqttError):
    """A name that would mean something else in the broker's files."""

    code: ClassVar[str] = "mqtt_name_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("{name} cannot stand in the broker's files: {reason}.")
    hint: ClassVar[str] = N_("Use letters, digits, dots, hyphens and underscores.")


class PublisherPasswordUnusable(MqttError):
    """The file with the publisher's password is not there, or others may read it."""

    code: ClassVar[str] = "mqtt_publisher_password_unusable"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("The file {file} with the password for the MQTT broker cannot be used: {reason}.")
    hint: ClassVar[str] = N_("Run valise mqtt acl, and give the broker the files that it writes.")


class BrokerFolderUnusable(MqttError):
    """The broker's files could not be written."""

    code: ClassVar[str] = "mqtt_folder_unusable"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("The broker's files cannot be written to {folder}: {reason}.")
    hint: ClassVar[str] = N_("Choose a folder that you may write to, or run the command as root.")
