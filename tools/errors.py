"""What goes wrong in the tools in a way that their user can mend."""


class ToolError(Exception):
    """The message is one line, without a full stop, that says what is wrong and what to do."""
