"""The technician's room: the fleet at a glance, tablets, actions on many, imports, new kits."""
