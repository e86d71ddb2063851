"""The certificate authority: an own root, and the issuing authority under it that signs everything."""

from enrollment.authority.authority import Authority
from enrollment.authority.folder import create_authority, load_authority

__all__ = ["Authority", "create_authority", "load_authority"]
