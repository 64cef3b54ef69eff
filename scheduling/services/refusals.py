"""How a service says no: one sentence a person can act on."""


class Refused(Exception):
    """The act cannot be done; the message says why. `field` names the input it is about, when there is one."""

    def __init__(self, message: object, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.field = field


class TooClose(Refused):
    """Sitting `number` of a plan would stand too close to the one before it."""

    def __init__(self, message: object, number: int) -> None:
        super().__init__(message, "starts")
        self.number = number


class SlotTaken(Refused):
    """Somebody else has the time: fresh choices are wanted (409)."""


class KeyReused(Refused):
    """The key of one booking came back with the content of another (422)."""


class Stale(Refused):
    """The thing was changed by somebody else since it was shown (409)."""
