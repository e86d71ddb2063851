"""How a tablet is woken: Apple's push service over HTTP/2."""
