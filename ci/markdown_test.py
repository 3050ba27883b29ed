# SPDX-License-Identifier: BSD-3-Clause
"""Proves markdown.py: what is code and what is prose, and each mistake that a text can have."""

from __future__ import annotations

from ci import markdown

TEXT = """# A title, with `code`

Words.

    ci/test units        # a comment
    echo 'a # b' \\
        c

1. An item
   that goes on.

       ci/validate

```python
x = 1
```
| a table | `ci/validate` |
"""


def test_blocks_are_found_fenced_and_indented() -> None:
    found = markdown.blocks("x.md", TEXT)
    assert [(block.language, block.line) for block in found] == [("", 5), ("", 12), ("python", 15)]
    assert found[1].lines == ("ci/validate",)
    assert found[2].text == "x = 1\n"


def test_commands_have_no_comments_and_are_joined() -> None:
    assert markdown.blocks("x.md", TEXT)[0].commands == ["ci/test units", "echo 'a # b' c"]


def test_prose_is_neither_code_nor_table() -> None:
    said = [line for _, line in markdown.prose("x.md", TEXT) if line and line[0] not in "`"]
    assert said == ["# A title, with `code`", "Words.", "1. An item", "   that goes on."]


def test_wide_prose_is_noticed_and_wide_code_is_not() -> None:
    wide = "w" * 101
    assert markdown.too_wide("x.md", f"{wide}\n\n    {wide}\n\n| {wide} |\n") == [
        "x.md:1: 101 columns, 100 are allowed"
    ]


def test_headings_have_the_anchors_that_links_use() -> None:
    assert markdown.anchors("## The house, and its words\n# rte_mp\n") == {
        "the-house-and-its-words",
        "rte_mp",
    }


def test_dead_links_and_paths_are_noticed() -> None:
    text = "# Here\n[a](README.md) [b](no.md) [c](#here) [d](#there) `ci/validate` `ci/nothing`"
    assert markdown.dead_ends("README.md", text) == [
        "README.md: there is no no.md",
        "README.md: README.md has no heading there",
        "README.md: there is no ci/nothing",
    ]
