package sbom

import (
	_ "embed"
	"strings"
)

// licenseIDs are the ids of the SPDX licence list (spdx.org/licenses), deprecated ones included.
//
//go:embed spdx_license_ids.txt
var licenseIDList string

// licenseIDs leads from an id in lower case to the list's spelling, since the specification compares without case (annex D.2).
var licenseIDs = func() map[string]string {
	m := make(map[string]string)
	for _, id := range strings.Fields(licenseIDList) {
		m[strings.ToLower(id)] = id
	}
	return m
}()

// maxLicenseParens bounds the nesting of a licence expression.
const maxLicenseParens = 32

// maxLicenseWords bounds its length.
const maxLicenseWords = 1000

// LicenseExpression says whether a text is an SPDX licence expression (annex D of SPDX 2.3) of which every licence is
// on the list, or a LicenseRef of the document. Words of an exception behind WITH are not looked up.
func LicenseExpression(s string) bool {
	_, ok := parseLicense(s)
	return ok
}

// licenseTree is an expression: a licence, or parts joined by AND (all) or OR.
type licenseTree struct {
	license license
	all     bool
	parts   []licenseTree
}

// license is one licence in the form in which licences compare: ids in lower case, deprecated ones as those that took their
// place, an exception joined by " with ".
type license string

// parseLicense reads an expression; false where the text is none.
func parseLicense(s string) (licenseTree, bool) {
	e := &licenseScan{words: strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s))}
	if len(e.words) == 0 || len(e.words) > maxLicenseWords {
		return licenseTree{}, false
	}
	t, ok := e.either()
	return t, ok && len(e.words) == 0
}

// licenseScan is a recursive descent over the words of an expression.
type licenseScan struct {
	words []string
	depth int
}

func (e *licenseScan) accept(word string) bool {
	if len(e.words) > 0 && strings.EqualFold(e.words[0], word) {
		e.words = e.words[1:]
		return true
	}
	return false
}

func (e *licenseScan) either() (licenseTree, bool) { return e.joined("OR", e.both) }

func (e *licenseScan) both() (licenseTree, bool) { return e.joined("AND", e.one) }

func (e *licenseScan) joined(word string, part func() (licenseTree, bool)) (licenseTree, bool) {
	t := licenseTree{all: word == "AND"}
	for {
		p, ok := part()
		if !ok {
			return t, false
		}
		t.parts = append(t.parts, p)
		if !e.accept(word) {
			break
		}
	}
	if len(t.parts) == 1 {
		return t.parts[0], true
	}
	return t, true
}

func (e *licenseScan) one() (licenseTree, bool) {
	if e.accept("(") {
		if e.depth++; e.depth > maxLicenseParens {
			return licenseTree{}, false
		}
		t, ok := e.either()
		e.depth--
		return t, ok && e.accept(")")
	}
	if len(e.words) == 0 || !knownLicense(e.words[0]) {
		return licenseTree{}, false
	}
	id, exception := e.words[0], ""
	e.words = e.words[1:]
	if e.accept("WITH") {
		if len(e.words) == 0 || e.words[0] == "(" || e.words[0] == ")" {
			return licenseTree{}, false
		}
		exception = e.words[0]
		e.words = e.words[1:]
	}
	return licenseTree{license: foldLicense(id, exception)}, true
}

// knownLicense knows an id, an id with "+", and references to licences of a document.
func knownLicense(id string) bool {
	if isLicenseRef(id) {
		return true
	}
	id = strings.ToLower(id)
	return licenseIDs[id] != "" || licenseIDs[strings.TrimSuffix(id, "+")] != ""
}

func isLicenseRef(id string) bool {
	return strings.HasPrefix(id, "LicenseRef-") || strings.HasPrefix(id, "DocumentRef-")
}

// bareGNU are the ids of the GNU family that the list has replaced by "-only" and "-or-later".
var bareGNU = map[string]bool{
	"gpl-1.0": true, "gpl-2.0": true, "gpl-3.0": true, "lgpl-2.0": true, "lgpl-2.1": true, "lgpl-3.0": true,
	"agpl-1.0": true, "agpl-3.0": true, "gfdl-1.1": true, "gfdl-1.2": true, "gfdl-1.3": true,
}

// deprecatedExceptions are ids of the time before WITH (spdx.org/licenses, "Deprecated License Identifiers").
var deprecatedExceptions = map[string]license{
	"gpl-2.0-with-autoconf-exception": "gpl-2.0-only with autoconf-exception-2.0", "gpl-2.0-with-bison-exception": "gpl-2.0-or-later with bison-exception-2.2",
	"gpl-2.0-with-classpath-exception": "gpl-2.0-only with classpath-exception-2.0", "gpl-2.0-with-font-exception": "gpl-2.0-only with font-exception-2.0",
	"gpl-2.0-with-gcc-exception": "gpl-2.0-only with gcc-exception-2.0", "gpl-3.0-with-autoconf-exception": "gpl-3.0-only with autoconf-exception-3.0",
	"gpl-3.0-with-gcc-exception": "gpl-3.0-only with gcc-exception-3.1",
}

// foldLicense brings a licence to the form in which licences compare.
func foldLicense(id, exception string) license {
	folded := strings.ToLower(id)
	if isLicenseRef(id) {
		folded = id // the documents' own names are told apart by case
	}
	if with, ok := deprecatedExceptions[folded]; ok && exception == "" {
		return with
	}
	base, later := strings.CutSuffix(folded, "+")
	switch {
	case bareGNU[base] && later:
		folded = base + "-or-later"
	case bareGNU[base]:
		folded = base + "-only"
	}
	if exception != "" {
		folded += " with " + strings.ToLower(exception)
	}
	return license(folded)
}
