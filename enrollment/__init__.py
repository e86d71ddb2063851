"""How a tablet joins: tickets and QR codes, the enrollment profile, the certificate authority and SCEP."""
