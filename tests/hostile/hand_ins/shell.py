"""Answers that deceive a test, and changes to Python and the IPython shell that runs it."""

from .register import notebook
from .unit import WRONG, all_wrong, answer, first


@notebook
def scored_as_it_is_equal_to_everything(nb):
    answer(
        nb,
        letters="""
class Yes:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


letters = Yes()
""",
        split="""
class YesNumber(int):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


vowels = consonants = YesNumber(100)
""",
    )


@notebook
def scored_as_it_is_result_displayed_by_hand(nb):
    """The answer cell displays a forged result. Only what the test cell displays counts."""
    answer(
        nb,
        letters="""
from IPython.display import display

letters = 100
display(
    {
        "text/plain": "2 of 2 points.",
        "application/vnd.hindcast.result+json": {
            "exercise": "letters", "status": "scored", "points": 2.0, "of": 2.0, "mistakes": []
        },
    },
    raw=True,
)
2.0
""",
    )


@notebook
def scored_as_it_is_transformer_drops_asserts(nb):
    first(
        nb,
        """
import ast


class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)


get_ipython().ast_transformers.append(NoAsserts())
get_ipython().input_transformers_post.append(lambda lines: [l for l in lines if "assert" not in l])
get_ipython().input_transformers_cleanup.append(lambda lines: [l for l in lines if "assert" not in l])
""",
    )
    all_wrong(nb)


@notebook
def scored_as_it_is_compiler_drops_asserts(nb):
    first(
        nb,
        """
import codeop


def optimised(self, source, filename, symbol, **more):
    return compile(source, filename, symbol, self.flags, True, optimize=2)


codeop.Compile.__call__ = optimised
type(get_ipython().compile).__call__ = optimised
""",
    )
    all_wrong(nb)


@notebook
def scored_as_it_is_showtraceback_switched_off(nb):
    first(
        nb,
        """
shell = get_ipython()
shell.showtraceback = lambda *_, **__: None
shell._showtraceback = lambda *_, **__: None
shell.set_custom_exc((Exception,), lambda *_, **__: None)
type(shell).showtraceback = type(shell)._showtraceback = lambda *_, **__: None
""",
    )
    all_wrong(nb)


@notebook
def scored_as_it_is_run_cell_replaced(nb):
    first(
        nb,
        """
shell = get_ipython()
run_cell, run_cell_async = shell.run_cell, shell.run_cell_async


def run(source, *rest, **more):
    return run_cell("2.0" if "assert" in source or "rate(" in source else source, *rest, **more)


async def run_async(source, *rest, **more):
    more.pop("transformed_cell", None)
    return await run_cell_async("2.0" if "assert" in source else source, *rest, **more)


shell.run_cell, shell.run_cell_async = run, run_async
type(shell).run_cell = lambda self, *rest, **more: run(*rest, **more)
""",
    )
    all_wrong(nb)


@notebook
def scored_as_it_is_hook_reads_the_hidden_test(nb):
    first(
        nb,
        """
import re


def take_over(info):
    for name, value in re.findall(r'answer\\["(\\w+)"\\] == (\\d+)', info.raw_cell):
        get_ipython().user_ns[name] = int(value)


get_ipython().events.register("pre_run_cell", take_over)
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"])


@notebook
def scored_as_it_is_python_s_own_names_replaced(nb):
    first(
        nb,
        """
import builtins

builtins.float = lambda value=0: 1.0
builtins.min = lambda *values: 1.0
""",
    )
    answer(nb, letters=WRONG["letters"], split=WRONG["split"], square=WRONG["square"])


@notebook
def points_kept_names_a_module_that_exits(nb):
    """The grader imports the libraries that notebooks name before it runs any; this one ends the process."""
    first(nb, "# import numpy.f2py.__main__\nfrom pathlib import Path")
