#pragma once

// What `make dist` knows about a build and Package.swift passes on; NULL in any other build.

// The commit, as 40 hex digits, with "+changes" if the work tree differed from it.
const char *_Nullable cbuild_commit(void);

// The date of the commit, YYYY-MM-DD. The build date would differ between two builds of one commit.
const char *_Nullable cbuild_date(void);

// The version of the Swift compiler.
const char *_Nullable cbuild_swift(void);
