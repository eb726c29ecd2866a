package sbom

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ComponentStatement is what a document says of one vulnerability in one component.
type ComponentStatement struct {
	Component int // ordinal; Root: the subject itself
	Statement Statement
}

// ComponentStatements are the document's own statements, each tied to the components that it names.
func (d *Document) ComponentStatements() ([]ComponentStatement, []problem.Fault) {
	return d.Resolve(d.Statements)
}

// Resolve ties statements, of this document or of a VEX document about it, to the components of this document. A statement
// speaks of exactly what its references lead to: a reference of this document, or a BOM-Link to it (urn:cdx:SERIAL/VERSION#REF). One
// that leads to nothing, to another document, or to several components is not guessed at; the faults say so.
func (d *Document) Resolve(statements []Statement) ([]ComponentStatement, []problem.Fault) {
	const ambiguous = -2
	targets := make(map[string]int, len(d.Components)+1)
	if d.SubjectRef != "" {
		targets[d.SubjectRef] = Root
	}
	for i := range d.Components {
		ref := d.Components[i].Ref
		if ref == "" {
			continue
		}
		if _, twice := targets[ref]; twice {
			i = ambiguous
		}
		targets[ref] = i
	}
	type pair struct {
		component int
		of        int
	}
	var out []ComponentStatement
	var faults []problem.Fault
	seen := map[pair]bool{}
	for i, s := range statements {
		for j, ref := range s.Affects {
			at, known := targets[ref]
			if inner, linked := d.linked(ref); linked && !known {
				at, known = targets[inner]
			}
			fault := problem.Fault{Path: fmt.Sprintf("%s/affects/%d", s.Path, j), Code: "dangling_ref"}
			switch {
			case !known:
				fault.Message = fmt.Sprintf("the statement on %s speaks of %q, which is no reference of this document", shorten(s.ID), shorten(ref))
				faults = append(faults, fault)
			case at == ambiguous:
				fault.Code = "duplicate_ref"
				fault.Message = fmt.Sprintf("the statement on %s speaks of %q, a reference that several components carry", shorten(s.ID), shorten(ref))
				faults = append(faults, fault)
			case !seen[pair{at, i}]:
				seen[pair{at, i}] = true
				out = append(out, ComponentStatement{at, s})
			}
		}
	}
	return out, faults
}

// linked is the reference inside a BOM-Link that leads into this document.
func (d *Document) linked(ref string) (string, bool) {
	rest, isLink := strings.CutPrefix(ref, "urn:cdx:")
	if !isLink {
		return "", false
	}
	bom, inner, found := strings.Cut(rest, "#")
	serial, _, _ := strings.Cut(bom, "/")
	own := strings.TrimPrefix(d.SerialNumber, "urn:uuid:")
	if !found || own == "" || !strings.EqualFold(serial, own) {
		return "", false
	}
	if plain, err := url.PathUnescape(inner); err == nil {
		inner = plain
	}
	return inner, true
}
