"""nbformat, without a part of its import that takes 2 seconds at the start of each stage and is never used.

It imports jsonschema, which builds a grammar of internet addresses as soon as rfc3987_syntax is installed, and does
without where it is not.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
import nbformat  # noqa: E402

__all__ = ["nbformat"]
