package osv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// severities gives the record's vectors, each once and under the type that its prefix names, and the word of a scheme
// without vectors (Ubuntu). Where the record as a whole has none, those of its packages stand for it (schema:
// "affected[].severity").
func (p *parser) severities(r record) ([]intel.Severity, string) {
	out, word := p.readSeverities(nil, "", "/severity", r.Severity)
	if len(out) > 0 || word != "" {
		return out, word
	}
	for i, e := range r.Affected {
		out, word = p.readSeverities(out, word, fmt.Sprintf("/affected/%d/severity", i), e.Severity)
	}
	return out, word
}

func (p *parser) readSeverities(out []intel.Severity, word, at string, list []severity) ([]intel.Severity, string) {
	for i, s := range list {
		path := fmt.Sprintf("%s/%d", at, i)
		// Some writers end the vector with its separator.
		score, stated := strings.TrimRight(clean(s.Score), "/"), clean(s.Type)
		kind := intel.VectorType(score)
		if kind == "" {
			if !strings.HasPrefix(stated, "CVSS") && intel.FoldLabel(score) != intel.SeverityUnknown {
				word = firstOf(word, score)
			} else if score != "" {
				p.warn(path+"/score", "bad_vector", "%.60q is no CVSS vector; left out", score)
			}
			continue
		}
		if kind != stated {
			p.warn(path+"/type", "mislabelled_vector", "is labelled %.30q but holds a %s vector; the vector counts", stated, kind)
		}
		if _, _, _, err := intel.Score(score); err != nil {
			p.warn(path+"/score", "bad_vector", "%v; left out", err)
			continue
		}
		if one := (intel.Severity{Type: kind, Score: score}); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out, word
}

// errataLabel reads the rating that Red Hat's rebuilders put before the title: "Important: kernel security update".
func errataLabel(a intel.Advisory) string {
	if !intel.IsErrata(a.ID) {
		return ""
	}
	if label, _, found := strings.Cut(a.Summary, ":"); found && intel.FoldLabel(label) != intel.SeverityUnknown {
		return label
	}
	return ""
}
