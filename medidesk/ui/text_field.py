"""A text field of a form, as long as the mapped column."""

from typing import Any

from medidesk.ui.kit.form_spec import Field


def text_field(model: type[Any], name: str, label: str, *, column: str = "", **more: Any) -> Field:
    """The field.

    Args:
        model: the table.
        name: the key in the form's values.
        label: above the field.
        column: the column, where that is not `name`.
        **more: as `Field` takes it.
    """
    length: int = model.__table__.c[column or name].type.length
    return Field(name, label, max_length=length, **more)
