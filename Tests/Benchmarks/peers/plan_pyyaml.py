"""Reads a manifest with PyYAML's C loader and compares it with a state, as a script would.

Usage: plan_pyyaml.py MANIFEST STATE
"""

import sys

import yaml


def wanted(path):
    with open(path, "rb") as file:
        manifest = yaml.load(file, Loader=yaml.CSafeLoader)
    users = {}
    for entry in manifest["users"]:
        for user in entry.get("ids") or [entry["id"]]:
            users[user] = (entry["account"], entry.get("reason"))
    return users


def done(path):
    users = set()
    with open(path, encoding="utf-8") as file:
        for line in file:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 10 and columns[2] != "-":
                users.add(columns[0])
    return users


def main():
    users = wanted(sys.argv[1])
    finished = done(sys.argv[2])
    to_do = sorted(user for user in users if user not in finished)
    print(f"{len(to_do)} to do, {len(users) - len(to_do)} unchanged")


main()
