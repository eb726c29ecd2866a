package sbom

import (
	_ "embed"
	"strings"
)

// licenseIDs are the ids of the SPDX licence list (spdx.org/licenses), deprecated ones included.
//
//go:embed spdx_license_ids.txt
var licenseIDList string

// licenseIDs finds an id by its lower case, since the specification compares without case (annex D.2).
var licenseIDs = func() map[string]bool {
	m := make(map[string]bool)
	for _, id := range strings.Fields(licenseIDList) {
		m[strings.ToLower(id)] = true
	}
	return m
}()

// maxLicenseParens bounds the nesting of a licence expression.
const maxLicenseParens = 32

// LicenseExpression says whether a text is an SPDX licence expression (annex D of SPDX 2.3) of which every licence is
// on the list, or a LicenseRef of the document. Words of an exception behind WITH are not looked up.
func LicenseExpression(s string) bool {
	e := &licenseScan{words: strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s))}
	return len(e.words) > 0 && len(e.words) <= 1000 && e.either() && len(e.words) == 0
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

func (e *licenseScan) either() bool {
	for {
		if !e.both() {
			return false
		}
		if !e.accept("OR") {
			return true
		}
	}
}

func (e *licenseScan) both() bool {
	for {
		if !e.one() {
			return false
		}
		if !e.accept("AND") {
			return true
		}
	}
}

func (e *licenseScan) one() bool {
	if e.accept("(") {
		if e.depth++; e.depth > maxLicenseParens || !e.either() || !e.accept(")") {
			return false
		}
		e.depth--
		return true
	}
	if len(e.words) == 0 || !knownLicense(e.words[0]) {
		return false
	}
	e.words = e.words[1:]
	if e.accept("WITH") {
		if len(e.words) == 0 || e.words[0] == "(" || e.words[0] == ")" {
			return false
		}
		e.words = e.words[1:]
	}
	return true
}

// knownLicense knows an id, an id with "+", and references to licences of a document.
func knownLicense(id string) bool {
	if strings.HasPrefix(id, "LicenseRef-") || strings.HasPrefix(id, "DocumentRef-") {
		return true
	}
	id = strings.ToLower(id)
	return licenseIDs[id] || licenseIDs[strings.TrimSuffix(id, "+")]
}
