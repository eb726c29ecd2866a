package finding

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// fewNames is how many names a word may lead to for findings to be fetched by them. Of a word that more names have, a walk along
// the list's order soon meets enough findings.
const fewNames = 300

// words is what a filter's text leads to; the zero value was not looked up.
type words struct {
	few                         bool
	components, vulnerabilities []int64
}

// look finds the names that have a filter's text in them. Without it a word that few findings have would be sought for in all.
func (s *Store) look(ctx context.Context, f Filter) (words, error) {
	if utf8.RuneCountInString(f.Query) < 3 { // no index leads to less than three letters
		return words{}, nil
	}
	var w words
	err := s.db.QueryRow(ctx, `
		select array(select id from components where lower(name) like @part limit @most),
		       array(select id from vulnerabilities where lower(name) like @part limit @most)`,
		pgx.NamedArgs{"part": part(strings.ToLower(f.Query)), "most": fewNames + 1}).Scan(&w.components, &w.vulnerabilities)
	if err != nil {
		return words{}, fmt.Errorf("look up %q: %w", f.Query, err)
	}
	w.few = len(w.components) <= fewNames && len(w.vulnerabilities) <= fewNames
	return w, nil
}

// part is the pattern of names that hold a text.
func part(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// where adds the condition for a text; args gets what it stands for.
func (w words) where(text string, args pgx.NamedArgs) string {
	switch {
	case !w.few:
		args["q"] = part(text)
		return "(f.component_name ilike @q or f.vulnerability_name ilike @q)"
	case len(w.components) == 0 && len(w.vulnerabilities) == 0:
		return "false"
	case len(w.vulnerabilities) == 0:
		args["q_components"] = w.components
		return "f.component_id = any(@q_components)"
	case len(w.components) == 0:
		args["q_vulnerabilities"] = w.vulnerabilities
		return "f.vulnerability_id = any(@q_vulnerabilities)"
	}
	args["q_components"], args["q_vulnerabilities"] = w.components, w.vulnerabilities
	return "(f.component_id = any(@q_components) or f.vulnerability_id = any(@q_vulnerabilities))"
}
