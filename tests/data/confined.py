"""The scope as one more condition: what the compiler's answers are compared with."""

from cpsl.data.scope import Scope
from cpsl.data.tree import And, Compare, Node


def confined(node: Node, scope: Scope | None) -> Node:
    """The tree, finding only what exists for that identity."""
    return node if scope is None else And((Compare((scope.column,), "eq", scope.value), node))
