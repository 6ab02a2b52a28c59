"""A typed guest in Python: the largest runtime that the default limits have to hold."""

import wit_world


class WitWorld(wit_world.WitWorld):
    def hello(self, name: str) -> str:
        return f"Hello from Python, {name}!"
