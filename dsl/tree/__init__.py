"""The syntax tree of the flow language, all of it: say `from dsl import tree`, then `tree.Send`."""

from dsl.tree.declarations import *
from dsl.tree.expressions import *
from dsl.tree.flow import *
from dsl.tree.language_tests import *
from dsl.tree.node import *
from dsl.tree.steps import *
from dsl.tree.timings import *
from dsl.tree.walking import *
