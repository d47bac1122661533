"""Write next to the target, then rename: from `ptygui.atomic`, which networks use as well."""

from ptygui.atomic import check_target, put, replacing, write_text

__all__ = ["check_target", "put", "replacing", "write_text"]
