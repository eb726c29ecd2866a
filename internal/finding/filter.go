package finding

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// where is a filter as SQL over findings f. Everything a person typed is an argument; the text is ours. State and active
// are written as literals, so that the partial indexes of open findings apply.
func (f Filter) where(seen access.Scope, args pgx.NamedArgs) (string, error) {
	var faults []problem.Fault
	clauses := []string{}
	add := func(clause, name string, value any) {
		clauses = append(clauses, clause)
		args[name] = value
	}
	switch f.State {
	case "", "open", "settled", "resolved":
		state := f.State
		if state == "" {
			state = "open"
		}
		clauses = append(clauses, "f.state = '"+state+"'")
	case "all":
	default:
		faults = append(faults, fault("state", f.State, "open, settled, resolved, all"))
	}
	switch {
	case f.Active == "true", f.Active == "" && f.ProductID == 0 && f.ReleaseID == 0:
		clauses = append(clauses, "f.active")
	case f.Active == "false":
		clauses = append(clauses, "not f.active")
	case f.Active != "" && f.Active != "all":
		faults = append(faults, fault("active", f.Active, "true, false, all"))
	}
	if f.ProductID != 0 {
		add("f.product_id = @product", "product", f.ProductID)
	}
	if f.ReleaseID != 0 {
		add("f.release_id = @release", "release", f.ReleaseID)
	}
	if f.ComponentID != 0 {
		add("f.component_id = @component", "component", f.ComponentID)
	}
	if f.Vulnerability != "" {
		add("f.vulnerability_name = @vulnerability", "vulnerability", f.Vulnerability)
	}
	if f.Ecosystem != "" {
		add("f.ecosystem = @ecosystem", "ecosystem", f.Ecosystem)
	}
	if f.Query != "" {
		clauses = append(clauses, f.words.where(f.Query, args))
	}
	if len(f.Severities) > 0 {
		for _, s := range f.Severities {
			if !slices.Contains([]string{"critical", "high", "medium", "low", "none", "unknown"}, s) {
				faults = append(faults, fault("severity", s, "critical, high, medium, low, none, unknown"))
			}
		}
	}
	if len(f.Severities) == 1 { // one comes sorted from an index
		add("f.severity = @severity", "severity", f.Severities[0])
	} else if len(f.Severities) > 1 {
		add("f.severity = any(@severities)", "severities", f.Severities)
	}
	if len(f.Statuses) > 0 {
		statuses := make([]string, len(f.Statuses))
		for i, s := range f.Statuses {
			if statuses[i] = s; s == "none" {
				statuses[i] = ""
			} else if !slices.Contains(Statuses, s) {
				faults = append(faults, fault("vex", s, "none, "+strings.Join(Statuses, ", ")))
			}
		}
		add("f.vex = any(@statuses)", "statuses", statuses)
	}
	if f.Review {
		clauses = append(clauses, "f.review <> '{}'")
	}
	if f.KEV != nil {
		clauses = append(clauses, not(!*f.KEV)+"exists (select from kev where kev.cve = f.vulnerability_name)")
	}
	if f.Fixable != nil {
		clauses = append(clauses, "f.fixed_version is "+not(*f.Fixable)+"null")
	}
	if len(faults) > 0 {
		return "", problem.New(problem.Invalid, "the list cannot be filtered like this").With(faults...)
	}
	if !seen.IsAll() {
		clauses = append(clauses, seen.Where("f.product_id", args))
	}
	if len(clauses) == 0 {
		return "true", nil
	}
	return strings.Join(clauses, " and "), nil
}

func not(negate bool) string {
	if negate {
		return "not "
	}
	return ""
}

func fault(field, value, allowed string) problem.Fault {
	return problem.Fault{Path: "query." + field, Code: "enum", Message: fmt.Sprintf("%q is not one of %s", value, allowed)}
}

// phase is one stretch of a sorted list that one index serves. Most sorts have one. Those by EPSS and KEV have two, rows that
// have the value and rows that have not, since an outer join cannot be read in the order of its right side.
type phase struct {
	// join ties the sort's table to findings f; empty when the key is a column of f.
	join string
	// where narrows to the phase.
	where string
	// key is the sort expression, cast its SQL type, desc its direction. Ids break ties in the same direction.
	key, cast string
	desc      bool
}

const (
	epssJoin = "join epss s on s.cve = f.vulnerability_name"
	kevJoin  = "join kev s on s.cve = f.vulnerability_name"
	noEPSS   = "not exists (select from epss s where s.cve = f.vulnerability_name)"
	noKEV    = "not exists (select from kev s where s.cve = f.vulnerability_name)"
)

func phases(sort string) ([]phase, error) {
	name, desc := strings.CutPrefix(sort, "-")
	switch name {
	case "":
		return []phase{{key: "f.score_key", cast: "smallint", desc: true}}, nil
	case "score":
		return []phase{{key: "f.score_key", cast: "smallint", desc: desc}}, nil
	case "first_seen":
		return []phase{{key: "f.first_seen", cast: "timestamptz", desc: desc}}, nil
	case "component":
		return []phase{{key: "f.component_name", cast: "text", desc: desc}}, nil
	case "vulnerability":
		return []phase{{key: "f.vulnerability_name", cast: "text", desc: desc}}, nil
	case "product":
		return []phase{{join: "join products s on s.id = f.product_id", key: "s.name_key", cast: "text", desc: desc}}, nil
	case "epss":
		return []phase{
			{join: epssJoin, key: "s.score", cast: "real", desc: desc},
			{where: noEPSS, key: "f.score_key", cast: "smallint", desc: true},
		}, nil
	case "kev":
		return []phase{
			{join: kevJoin, key: "s.date_added", cast: "date", desc: true},
			{where: noKEV, key: "f.score_key", cast: "smallint", desc: true},
		}, nil
	}
	return nil, problem.New(problem.Invalid, "findings cannot be sorted by %q", sort).
		With(problem.Fault{Path: "query.sort", Code: "enum", Message: "use one of " + strings.Join(Sorts, ", ")})
}

// cursor is where a page ended.
type cursor struct {
	Sort  string `json:"s"`
	Phase int    `json:"p"`
	Key   string `json:"k"`
	ID    int64  `json:"i"` // 0: at the beginning of the phase
}

func (c cursor) String() string {
	raw, _ := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(s, sort string, phases int) (cursor, error) {
	c := cursor{Sort: sort}
	if s == "" {
		return c, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Sort != sort || c.Phase < 0 || c.Phase >= phases {
		return c, problem.Wrap(problem.Invalid, err, "the cursor is not one that this list gave out").
			With(problem.Fault{Path: "query.cursor", Code: "cursor", Message: "start again without a cursor; a cursor belongs to the sort it came from"})
	}
	return c, nil
}
