"""Waking Android tablets through an MQTT broker: all that goes over it is "look again"."""
