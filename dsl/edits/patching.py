"""A changed tree -> the smallest change of the text that makes the text say it.

A changed tree shares every node that it does not touch with the tree that was read. What is the
same object keeps its text, what moved takes its text and its comments along, what is new is
printed in the file's own indentation. The result is read again and must say what was asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dsl import tree
from dsl.edits.alignment import Pairs, align
from dsl.edits.depth import reindent, reindent_broken, rows_of
from dsl.edits.edit import Edit, Unsayable, apply
from dsl.edits.healing import Twins, healed
from dsl.edits.regions import Region, Regions
from dsl.edits.rope import Rope
from dsl.parsing.parser import Parsed, parse
from dsl.printing.printer import print_first_line
from dsl.printing.rows import print_comment
from dsl.printing.structure import arms_behind, block_of, starts_steps


@dataclass(frozen=True, slots=True)
class Layout:
    """What the tree does not say: which statements `moved`, and the blank lines above some.

    Both by the identity of the node, as it is or as it was; blank lines as they are written.
    """

    moved: Collection[int] = ()
    gaps: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patch:
    """`edits` of the text, what it reads as then, and the old statement of each changed one (by
    the identity of the node in the tree that was asked for). Where broken lines are read otherwise
    now, `twins` are the statements of that tree by the identity of those that are read for them.
    """

    edits: tuple[Edit, ...]
    parsed: Parsed
    pairs: Pairs
    twins: Twins | None = None


def patch(parsed: Parsed, new: tree.File) -> tuple[tuple[Edit, ...], Parsed]:
    """The edits that make `parsed.text` say `new`, and what it reads as then.

    A broken line that can be read now may be read. Raises `Unsayable` where no text says that.
    """
    made = patch_with(parsed, new, Layout())
    return made.edits, made.parsed


def patch_with(parsed: Parsed, new: tree.File, layout: Layout) -> Patch:
    """`patch`, with blank lines and moved statements as `layout` has them."""
    tried: list[Patch] = []
    for upright in (False, True):
        work = _Work(parsed, new, layout, upright=upright)
        edits = work.file(parsed.tree, new)
        again = parse(apply(parsed.text, edits), parsed.file)
        tried.append(Patch(edits, again, work.pairs))
        if again.tree == new:
            return tried[-1]
    found = [(one, healed(new, one.parsed)) for one in tried]
    read = [replace(one, twins=twins) for one, twins in found if twins is not None]
    if read:  # the one in which more lines stand for themselves
        return max(read, key=lambda one: len(one.twins or ()))
    deep = next((one for one in tried[0].parsed.diagnostics if one.code == "too-deep"), None)
    if deep is not None:
        raise Unsayable(f"{deep.message} {deep.hint}")
    raise Unsayable(
        "This cannot be written here: with the lines around it, it would say something else."
    )


class _Work:
    """Goes through the old and the new tree at once.

    `upright`: broken lines that stand at a depth of their own are put where their block stands,
    as they could fall to another line; some are broken for nothing but their depth.
    """

    def __init__(self, parsed: Parsed, new: tree.File, layout: Layout, *, upright: bool) -> None:
        self.upright = upright
        self.text = parsed.text
        self.old = Regions(parsed)
        self.rope = Rope(parsed.text, self.old.line_end)
        self.layout = layout
        self.living = {id(one) for one in tree.walk(new) if isinstance(one, tree.Statement)}
        self.pairs: Pairs = {}

    def file(self, old: tree.File, new: tree.File) -> tuple[Edit, ...]:
        text, rope = self.text, self.rope
        rope.keep(0, self.old.begin)
        self.lines(old.declarations, new.declarations, "")
        settled = self._settled(old.declarations, new.declarations)
        if not settled and not new.declarations:
            rope.end_line()
        self.ending(old.dangling, new.dangling, self.old.end, len(text), "", settled=settled)
        rope.finish(final=text.endswith("\n") or not text[self.old.begin :])
        return rope.edits()

    # --- lines that follow each other --------------------------------------------------------

    def lines(
        self,
        olds: Sequence[tree.Statement],
        news: Sequence[tree.Statement],
        indent: str,
        *,
        settled: bool = True,
    ) -> None:
        """What stands in one block, or at the beginning of lines; `settled` is what is above."""
        pairs = align(olds, news, self.living, self.layout.moved, self.old.get)
        self.pairs.update(pairs)
        gaps = self.gaps(olds, news, pairs)
        behind = {id(one): before for before, one in zip([None, *olds], olds, strict=False)}
        before: tree.Statement | None = None
        for new, gap in zip(news, gaps, strict=True):
            old = pairs.get(id(new))
            if gap is None and old is not None:
                region = self.old[old]
                self.rope.keep(region.gap, region.lead)
            elif gap:
                self.rope.end_line()
                self.rope.say(gap)
            if old is None:
                self.put(new, indent)
            else:
                still = before is behind[id(old)] and (settled or before is not None)
                crooked = self.upright and self.old[old].indent != indent
                if crooked and (old is new or isinstance(new, tree.Unreadable)):
                    self.put(new, indent)
                else:
                    own = indent if self.upright else self.old[old].indent
                    self.update(old, new, own, settled=still)
            before = new

    def gaps(
        self, olds: Sequence[tree.Statement], news: Sequence[tree.Statement], pairs: Pairs
    ) -> list[str | None]:
        """The blank lines above each new line; None where the old ones stay as they are.

        They belong to the line below them, but for those between headers and steps, which stay
        where they are; and what set apart a group of lines sets apart what is left of it.
        """
        place = {id(one): n for n, one in enumerate(olds)}
        kept = {id(old) for old in pairs.values()}
        edge = next((b for a, b in pairwise(olds) if starts_steps(a, b)), None)
        found: list[str | None] = []
        reached = 0
        given = False  # the blank lines above the old first step stand above another now
        before: tree.Statement | None = None
        for new in news:
            old = pairs.get(id(new))
            spare = ""
            if old is not None:
                gone = [one for one in olds[reached : place[id(old)]] if id(one) not in kept]
                gone = [one for one in gone if not (given and one is edge)]
                # Whose blank lines are spoken for takes its own along.
                gone = [one for one in gone if id(one) not in self.layout.gaps]
                spare = next((gap for gap in map(self.old.gap, gone) if gap), "")
                reached = place[id(old)] + 1
            own = self.old.gap(old) if old is not None and not (given and old is edge) else ""
            same_place = old is not None and place[id(old)] == (
                0 if before is None else place.get(id(pairs.get(id(before))), -2) + 1
            )
            gap: str | None
            said = next((id(one) for one in (new, old) if id(one) in self.layout.gaps), None)
            if said is not None:
                gap = self.layout.gaps[said]
            elif same_place and not (given and old is edge):
                gap = None
            elif before is None:
                gap = ""
            elif starts_steps(before, new):
                first = self.old.gap(edge) if edge is not None else ""
                gap = first or own or self.old.line_end
                given = edge is not None
            elif isinstance(new, _DECLARATIONS):
                gap = own or spare or self.old.line_end
            elif old is None and new.blank_before and self.old.get(new) is None:
                gap = self.old.line_end
            else:
                gap = own or spare
            found.append(gap)
            before = new
        return found

    def _settled(self, olds: Sequence[tree.Statement], news: Sequence[tree.Statement]) -> bool:
        """Whether a block ends as it did, so that the comments at its end are still there."""
        return bool(olds) and bool(news) and olds[-1] is news[-1]

    # --- what stays --------------------------------------------------------------------------

    def update(
        self, old: tree.Statement, new: tree.Statement, indent: str, *, settled: bool
    ) -> None:
        """Makes an old statement say the new one, `indent` deep; its blank lines are written.

        A comment deeper than its line would fall to a block that now ends above it: where it is
        not `settled` what stands above, it is straightened.
        """
        region, rope = self.old[old], self.rope
        if old.lead != new.lead:
            self.comments(new.lead, indent)
        elif settled:
            rope.keep(region.lead, region.head)
        else:
            self.straighten(region.lead, region.head, indent)
        if old is new:
            rope.keep(region.head, region.end)
            return
        self.first_line(old, new, region, indent)
        was, block = block_of(old), block_of(new)
        if block is not None:
            lines, dangling = block
            olds, old_dangling = was or ((), ())
            below = self.old.indent_below(old)
            if self.upright and (indent != region.indent or below == indent):
                below = indent + self.old.deeper(old)
            self.lines(olds, lines, below)
            last = self.old[olds[-1]].end if olds else region.head_end
            end = self.old.block_end(old)
            settled = self._settled(olds, lines)
            self.ending(old_dangling, dangling, last, end, below, settled=settled)
        self.lines(arms_behind(old), arms_behind(new), indent, settled=not self.upright)

    def first_line(
        self, old: tree.Statement, new: tree.Statement, region: Region, indent: str
    ) -> None:
        rope, words = self.rope, region.head + len(region.indent)
        same = print_first_line(old) == print_first_line(new) and old.inner == new.inner
        if same and indent == region.indent:
            rope.keep(region.head, region.head_end)
            return
        rope.end_line()
        if indent == region.indent:
            rope.keep(region.head, words)
        else:
            rope.say(indent)
        if same:
            rope.keep(words, region.head_end)
            return
        same_tail = old.tail == new.tail and not isinstance(new, tree.Unreadable)
        bare = replace(new, tail="") if same_tail else new
        rope.say(self.rows(bare, indent).removeprefix(indent))
        if same_tail:
            rope.keep(region.line.end, region.head_end)
        rope.end_line()

    def ending(
        self,
        old: Sequence[str],
        new: Sequence[str],
        start: int,
        end: int,
        indent: str,
        *,
        settled: bool,
    ) -> None:
        """The comments behind the last line of a block."""
        if old != new:
            self.comments(new, indent)
        elif settled:
            self.rope.keep(start, end)
        else:
            self.straighten(start, end, indent)

    def straighten(self, start: int, end: int, indent: str) -> None:
        """Keeps lines of comments, each as deep as what they speak of."""
        while start < end:
            behind = min(self.old.behind_line(start), end)
            row = self.text[start:behind]
            body = row.lstrip(" \t")
            if body.startswith("#") and not row.startswith(f"{indent}#"):
                self.rope.end_line()
                self.rope.say(indent)
                self.rope.keep(behind - len(body), behind)
            else:
                self.rope.keep(start, behind)
            start = behind

    # --- what is new -------------------------------------------------------------------------

    def comments(self, comments: Sequence[str], indent: str) -> None:
        self.rope.end_line()
        for one in comments:
            self.rope.say(f"{indent}{print_comment(one)}" if one else "")
            self.rope.say(self.old.line_end)

    def rows(self, node: tree.Statement, indent: str) -> str:
        """A statement's first line, in as many rows as its author gave it."""
        rows = print_first_line(node)
        return self.old.line_end.join(
            f"{indent}{self.old.unit * deeper}{row}" if row else "" for deeper, row in rows
        )

    def put(self, node: tree.Statement, indent: str) -> None:
        """A statement that did not stand here before."""
        region, rope = self.old.get(node), self.rope
        if region is None:
            self.comments(node.lead, indent)
        else:
            rope.end_line()
            for row in rows_of(self.text[region.lead : region.head]):
                rope.say(indent + row.lstrip(" \t") if row.strip() else row)
            words = self.text[region.head : region.end]
            whole = isinstance(node, tree.Unreadable) and not isinstance(node, tree.UnreadableHead)
            move = reindent_broken if whole else reindent
            raw = move(words, region.indent, indent)
            if raw is not None:
                rope.say(raw)
                rope.end_line()
                return
        rope.say(self.rows(node, indent) + self.old.line_end)
        block = block_of(node)
        if block is not None:
            lines, dangling = block
            below = indent + (self.old.deeper(node) if region is not None else self.old.unit)
            for n, one in enumerate(lines):
                if n and (one.blank_before or starts_steps(lines[n - 1], one)):
                    rope.say(self.old.line_end)
                self.put(one, below)
            self.comments(dangling, below)
        for arm in arms_behind(node):
            self.put(arm, indent)


_DECLARATIONS = (
    tree.Store,
    tree.Properties,
    tree.Event,
    tree.Webhook,
    tree.Score,
    tree.Coupon,
    tree.Segment,
    tree.Flow,
    tree.Test,
)
