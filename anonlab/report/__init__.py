"""Stage report: all that a run found on one page that opens from a file, prints, and needs no network and no kernel.

`stage` collects and writes, `tabular` sets tables, `explorer` prepares the numbers behind the sliders, `pictures` cuts
and encodes footage and decides what of it may be shown, `worst` chooses cases, `facts` says how the run was made. The
page itself is `page.html` with `page.css` and `page.js`.
"""

from anonlab.report.stage import Settings, run, worst_sheet

__all__ = ["Settings", "run", "worst_sheet"]
