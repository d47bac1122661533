"""Write beside the target, then rename: as `ptygui.atomic` has it, which networks use as well."""

from ptygui.atomic import check_target, put, replacing, write_text

__all__ = ["check_target", "put", "replacing", "write_text"]
