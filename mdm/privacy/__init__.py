"""Personal data: each room declares what it stores of persons; purge, erasure, registers and pages come from that."""
