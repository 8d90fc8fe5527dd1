#!/usr/bin/env python3
"""How easy pages read: Flesch's reading ease and the length of sentences.

    benches/reading.py FILE...

Counts prose only: no code, tables, headings, badges or addresses. A piece of code in a
sentence counts as one word of one syllable. One line for all files that are named.
"""
import re
import sys


def sentences(text):
    text = re.sub(r"^( *)(```|~~~).*?^ *\2", "", text, flags=re.S | re.M)
    text = re.sub(r"<!--.*?-->|<[^>\n]+>", "", text, flags=re.S)
    text = re.sub(r"`[^`]*`", "X", text)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])?", r"\1", text)
    text = re.sub(r"https?://\S+", "", text)
    blocks, block = [], []
    for line in text.split("\n"):
        line = line.strip()
        item = re.match(r"([-*+]|\d+\.) ", line)
        if not line or item or re.match(r"[#|>:=-]", line):
            blocks, block = blocks + [" ".join(block)], []
            line = line[item.end():] if item else "" if re.match(r"[#|:=-]", line) else line
        block.append(line)
    for block in blocks + [" ".join(block)]:
        for sentence in re.split(r"(?<=[.!?:])[\"”)*_]*\s+(?=[\"“(*_]*[A-Z0-9])", block):
            words = re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence)
            if len(words) > 2:
                yield words


def syllables(word):
    word = re.sub(r"[^a-z]", "", word.lower())
    word = re.sub(r"(?<=..)e$|(?<=[^td])ed$|(?<=[^sxzcgh])es$", "", word) if len(word) > 3 else word
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def main():
    found = [words for file in sys.argv[1:] for words in sentences(open(file, encoding="utf-8").read())]
    words = [word for sentence in found for word in sentence]
    mean = len(words) / len(found)
    per_word = sum(map(syllables, words)) / len(words)
    lengths = sorted(map(len, found))
    print(f"Flesch {206.835 - 1.015 * mean - 84.6 * per_word:.0f}, {mean:.1f} words a sentence, "
          f"one in ten over {lengths[len(lengths) * 9 // 10]}, {len(words)} words")


main()
