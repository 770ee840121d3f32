# Turns a page of generate-manual into one that man, lexgrog and mandoc accept without a warning:
# names with dashes, examples as literal text, paragraphs instead of blank lines, sections for what
# the help writes in capitals, and references only to pages that exist.
# Variables: page (imprune-apply), command (imprune apply), date (November 30, 2026).

# Each sentence on a line of its own, as mdoc asks for.
function sentences(text) {
  while (match(text, /[.:] [A-Z]/))
    text = substr(text, 1, RSTART) "\n" substr(text, RSTART + 2)
  return text
}

function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/`/, "\\(ga", text)
  gsub(/--/, "\\-\\-", text)
  return text
}

# Ends a block of literal text, and begins a paragraph if a blank line asked for one.
function text_follows() {
  if (literal) print ".Ed"
  if (blank) print ".Pp"
  literal = blank = 0
}

function section(name) {
  if (literal) print ".Ed"
  literal = blank = 0
  print ".Sh \"" name "\""
}

/^\.\\"/ { next }
/^\.Dd/ { print ".Dd " date; next }
/^\.Dt/ { print ".Dt " toupper(page) " 1"; next }
/^\.Os/ { print ".Os Linux"; next }
/^\.Sh/ {
  sub(/^\.Sh /, ""); gsub(/"/, "")
  part = $0
  # The last two are written at the end.
  if (part != "EXIT STATUS" && part != "SEE ALSO") section(part)
  next
}
part == "NAME" && /^\.Nm/ { print ".Nm " page; next }
part == "NAME" && /^\.Nd/ { sub(/^\.Nd "/, ""); sub(/\.?"$/, ""); print ".Nd " $0; next }
part == "SYNOPSIS" && /^\.Nm/ { print ".Nm \"" command "\""; next }
# A command of commands takes one; the sandbox has none but help, which has no page.
part == "SYNOPSIS" && /^\.Ar subcommand/ && page == "imprune-sandbox" { next }
part == "EXIT STATUS" { next }
part == "SEE ALSO" {
  gsub(/\./, "-", $2)
  if ($2 !~ /-help$/) pages[++count] = $2
  next
}
/^\.Bl/ && !lists++ { section("OPTIONS") }
/^\.Pp/ { blank = 1; next }
/^\.(It|El)/ { blank = 0 }
/^\./ { text_follows(); print; next }
{ sub(/^(\\& )+/, "  ") }
/^$/ { blank = 1; next }
/^[A-Z][A-Z ]+$/ { has[$0] = 1; section($0); next }
/^  / {
  if (!literal) print ".Bd -literal -offset indent"
  else if (blank) print ""
  literal = 1; blank = 0
  sub(/^  /, "")
  $0 = escaped($0)
  gsub(/'/, "\\(aq")
  gsub(/-/, "\\-"); gsub(/\\\\-/, "\\-")
  print
  next
}
{
  text_follows()
  $0 = sentences(escaped($0))
  if (/^[.']/) printf "\\&"
  print
}
END {
  if (!has["EXIT STATUS"]) {
    section("EXIT STATUS")
    if (page == "imprune-sandbox") print ".Ex -std"
    else print "The exit codes of all commands are listed in\n.Xr imprune 1 ."
  }
  if (page != "imprune" && page != "imprune-sandbox") {
    # A subcommand of a subcommand names its parents.
    for (parent = page; sub(/-[a-z]+$/, "", parent); ) pages[++count] = parent
  }
  if (page == "imprune-sandbox") pages[++count] = "imprune"
  if (page == "imprune") pages[++count] = "imprune-sandbox"
  for (number = 2; number <= count; number++)
    for (place = number; place > 1 && pages[place] < pages[place - 1]; place--) {
      kept = pages[place]; pages[place] = pages[place - 1]; pages[place - 1] = kept
    }
  if (count) section("SEE ALSO")
  for (number = 1; number <= count; number++)
    print ".Xr " pages[number] " 1" (number < count ? " ," : "")
}
