package ident

import (
	"errors"
	"strings"
	"testing"
)

// TestCPEBinding has the examples of NISTIR 7695 (6.1.2.4, 6.1.3.2, 6.2.2.3, 6.2.3.3) and what else tools write.
func TestCPEBinding(t *testing.T) {
	for _, c := range []struct{ in, formatted, uri string }{
		{"cpe:/a:microsoft:internet_explorer:8.0.6001:beta", "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*", ""},
		{"cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*", "", "cpe:/a:microsoft:internet_explorer:8.0.6001:beta"},
		{"cpe:/a:microsoft:internet_explorer:8.%02:sp%01", "cpe:2.3:a:microsoft:internet_explorer:8.*:sp?:*:*:*:*:*:*", "cpe:/a:microsoft:internet_explorer:8.%02:sp%01"},
		{"cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~", "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:*:*:online:win2003:x64:*",
			"cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~"},
		{"cpe:/a:hp:openview_network_manager:7.51:-:~~~linux~~", "cpe:2.3:a:hp:openview_network_manager:7.51:-:*:*:*:linux:*:*", "cpe:/a:hp:openview_network_manager:7.51:-:~~~linux~~"},
		{"cpe:/a:foo%5cbar:big%24money_manager_2010:::~~special~ipod_touch~80gb~", `cpe:2.3:a:foo\\bar:big\$money_manager_2010:*:*:*:*:special:ipod_touch:80gb:*`,
			"cpe:/a:foo%5cbar:big%24money_manager_2010:::~~special~ipod_touch~80gb~"},
		{"cpe:/a:foo~bar:big%7emoney_2010", `cpe:2.3:a:foo\~bar:big\~money_2010:*:*:*:*:*:*:*:*`, "cpe:/a:foo%7ebar:big%7emoney_2010"},
		{`cpe:2.3:a:foo\\bar:big\$money:2010:*:*:*:special:ipod_touch:80gb:*`, `cpe:2.3:a:foo\\bar:big\$money:2010:*:*:*:special:ipod_touch:80gb:*`,
			"cpe:/a:foo%5cbar:big%24money:2010::~~special~ipod_touch~80gb~"},
		{`cpe:2.3:a:hp:openview:7.5.\?:-:*:*:*:*:*:*`, `cpe:2.3:a:hp:openview:7.5.\?:-:*:*:*:*:*:*`, "cpe:/a:hp:openview:7.5.%3f:-"},
		{"CPE:2.3:A:Apache:Log4j:2.14.1:*:*:*:*:*:*:*", "cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:*", "cpe:/a:apache:log4j:2.14.1"},
		{"cpe:2.3:a:apache:log4j:2.14.1", "cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:*", ""},
		{"cpe:2.3:a:gnu:c++:1.0+dfsg:*:*:*:*:*:*:*", `cpe:2.3:a:gnu:c\+\+:1.0\+dfsg:*:*:*:*:*:*:*`, "cpe:/a:gnu:c%2b%2b:1.0%2bdfsg"},
		{`cpe:2.3:a:a\:b:c:1:*:*:*:*:*:*:*`, `cpe:2.3:a:a\:b:c:1:*:*:*:*:*:*:*`, "cpe:/a:a%3ab:c:1"},
		{`cpe:2.3:a:a:b:\-:*:*:*:*:*:*:*`, `cpe:2.3:a:a:b:\-:*:*:*:*:*:*:*`, "cpe:/a:a:b:%2d"},
		{"cpe:/o:linux:linux_kernel:-", "cpe:2.3:o:linux:linux_kernel:-:*:*:*:*:*:*:*", "cpe:/o:linux:linux_kernel:-"},
		{"cpe:/a:jon_smith:tool_name:1.2.3:::ja", "cpe:2.3:a:jon_smith:tool_name:1.2.3:*:*:ja:*:*:*:*", "cpe:/a:jon_smith:tool_name:1.2.3:::ja"},
	} {
		cpe, err := ParseCPE(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if c.formatted != "" && cpe.String() != c.formatted {
			t.Errorf("%s: got %s, want %s", c.in, cpe, c.formatted)
		}
		if c.uri != "" && cpe.URI() != c.uri {
			t.Errorf("%s: got %s, want %s", c.in, cpe.URI(), c.uri)
		}
		for _, bound := range []string{cpe.String(), cpe.URI()} {
			if again, err := ParseCPE(bound); err != nil || again != cpe {
				t.Errorf("%s: %s is read as %s, %v", c.in, bound, again, err)
			}
		}
	}
}

func TestParseCPERefuses(t *testing.T) {
	for _, in := range []string{"", "cpe", "cpe:a:b:c", "cpe:/x:b:c", "cpe:2.3:q:b:c", "cpe:2.3:a:b:c:1:2:3:4:5:6:7:8:9", "cpe:/a:b:c:d:e:f:g:h",
		"cpe:/a:b%", "cpe:/a:b%zz:c", "cpe:/a:b%00:c", `cpe:2.3:a:b\`, "cpe:/a:b:c:1::~1~2~3~4~5~6",
		"cpe:2.3:a:b:" + strings.Repeat("!", maxCPE/2)} {
		if cpe, err := ParseCPE(in); !errors.Is(err, ErrBadCPE) {
			t.Errorf("%q: read as %s, %v", in, cpe, err)
		}
	}
}

// TestAttributeRelations is table 6-2 of NISTIR 7696.
func TestAttributeRelations(t *testing.T) {
	for _, c := range []struct {
		source, target Attribute
		want           Relation
	}{
		{"*", "*", Equal}, {"*", "-", Superset}, {"*", "8.5", Superset}, {"*", "8.*", Undefined}, {"", "", Equal}, {"", "-", Superset},
		{"-", "*", Subset}, {"-", "-", Equal}, {"-", "8.5", Disjoint}, {"-", "8.*", Undefined},
		{"8.5", "8.5", Equal}, {"8.5", "8.6", Disjoint}, {"8.5", "-", Disjoint}, {"8.5", "*", Subset}, {"8.5", "8.*", Undefined},
		{"8.*", "8.5", Superset}, {"8.*", "9.5", Disjoint}, {"8.*", "-", Disjoint}, {"8.*", "*", Subset}, {"8.*", "8.*", Equal},
		{"8.?", "8.5", Superset}, {"8.?", "8.", Superset}, {"8.?", "8.55", Disjoint}, {"8.??", "8.55", Superset}, {"*.0", "8.0", Superset},
		{`c\+?`, `c\+\+`, Superset}, {`\*`, "a", Disjoint}, {`\*`, `\*`, Equal}, {"*lin*", "gnu_linux", Superset},
	} {
		if got := c.source.Compare(c.target); got != c.want {
			t.Errorf("%q against %q: got %d, want %d", c.source, c.target, got, c.want)
		}
	}
}

// TestCPEMatches has case 23 of public bug reports, as far as it is about names, and what NVD and generators write.
func TestCPEMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, target string
		want            CPEMatch
	}{
		{"cpe:2.3:a:acme:cat:-:*:*:*:*:*:*:*", "cpe:2.3:a:acme:cat:8.5.87:*:*:*:*:*:*:*", MatchNo},
		{"cpe:2.3:a:acme:cat:-:*:*:*:*:*:*:*", "cpe:2.3:a:acme:cat:-:*:*:*:*:*:*:*", MatchYes},
		{"cpe:2.3:a:acme:cat:*:*:*:*:*:*:*:*", "cpe:2.3:a:acme:cat:8.5.87:*:*:*:*:*:*:*", MatchYes},
		{"cpe:2.3:o:acme:osx:8.0:*:*:*:*:*:*:*", "cpe:/o:acme:osx:8.0", MatchYes},
		{"cpe:2.3:a:acme:cat:*:*:*:*:*:node.js:*:*", "cpe:2.3:a:acme:cat:8.5:*:*:*:*:*:*:*", MatchPossible},
		{"cpe:2.3:a:acme:cat:*:*:*:*:*:node.js:*:*", "cpe:2.3:a:acme:cat:8.5:*:*:*:*:python:*:*", MatchNo},
		{"cpe:2.3:a:acme:cat:8.5:*:*:*:*:*:*:*", "cpe:2.3:a:acme:dog:8.5:*:*:*:*:*:*:*", MatchNo},
		{"cpe:2.3:a:acme:cat:8.5:*:*:*:*:*:*:*", "cpe:2.3:a:acme:cat:8.5:rc1:*:*:*:*:*:*", MatchYes},
		{"cpe:2.3:a:acme:cat:8.5:-:*:*:*:*:*:*", "cpe:2.3:a:acme:cat:8.5:rc1:*:*:*:*:*:*", MatchNo},
		{"cpe:2.3:a:acme:cat:8.5:*:*:*:*:*:*:*", "cpe:2.3:a:acme:cat:*:*:*:*:*:*:*:*", MatchPossible},
	} {
		pattern, err := ParseCPE(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		target, err := ParseCPE(c.target)
		if err != nil {
			t.Fatal(err)
		}
		if got := pattern.Matches(target); got != c.want {
			t.Errorf("%s against %s: got %d, want %d", c.pattern, c.target, got, c.want)
		}
	}
}

func TestCPEKeyAndVersion(t *testing.T) {
	for _, c := range []struct{ in, key, version string }{
		{"cpe:2.3:a:Apache:Log4j:2.14.1:rc1:*:*:*:*:*:*", "a:apache:log4j", "2.14.1-rc1"},
		{`cpe:2.3:a:gnu:c\+\+:1.0:-:*:*:*:*:*:*`, "a:gnu:c++", "1.0"},
		{"cpe:2.3:a:*:log4j:*:*:*:*:*:*:*:*", "", ""}, {"cpe:2.3:a:gnu:lib*:1:*:*:*:*:*:*:*", "", "1"},
	} {
		cpe, err := ParseCPE(c.in)
		if err != nil || cpe.Key() != c.key || cpe.Version() != c.version {
			t.Errorf("%s: got %q %q, %v; want %q %q", c.in, cpe.Key(), cpe.Version(), err, c.key, c.version)
		}
	}
	for _, c := range []relation{{"1.8.0-update_291", "1.8.0", 1, 0}, {"1.8.0-update_291", "1.8.0-update_301", -1, 0}, {"2.0-rc1", "2.0", -1, 0},
		{"1.0.2u", "1.0.2", 1, 0}, {"10.0", "9.5", 1, 0}} {
		expectOrder(t, CPEVersions, c.a, c.b, c.want)
	}
}

// FuzzParseCPE checks that a name that is read survives both bindings, and that it matches itself unless it has wildcards.
func FuzzParseCPE(f *testing.F) {
	for _, seed := range []string{"cpe:/a:microsoft:internet_explorer:8.%02:sp%01", `cpe:2.3:a:foo\\bar:big\$money:2010:*:*:*:special:ipod_touch:80gb:*`,
		"cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~", "cpe:2.3:a:gnu:c++:1.0+dfsg", `cpe:2.3:a:a:b:\-:??:*a*:\\\*`, "cpe:/o:linux:linux_kernel:-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cpe, err := ParseCPE(s)
		if err != nil {
			return
		}
		for _, bound := range []string{cpe.String(), cpe.URI()} {
			if again, err := ParseCPE(bound); err != nil || again != cpe {
				t.Fatalf("%q: %q is read as %q, %v", s, bound, again, err)
			}
		}
		if cpe.Matches(cpe) != MatchYes {
			t.Fatalf("%q does not match itself", s)
		}
	})
}
