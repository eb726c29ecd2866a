package matching

import (
	"context"
	"slices"
	"sort"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Explainer answers why an advisory reaches a package, or why it does not.
type Explainer struct {
	db    intel.Querier
	store *intel.Store
}

// NewExplainer makes one on the intel held.
func NewExplainer(db intel.Querier, store *intel.Store) *Explainer {
	return &Explainer{db: db, store: store}
}

// Explanation is what every affected entry that speaks of both a package and an advisory comes to, also where it does not
// reach the package.
type Explanation struct {
	Identity ident.Identity // as the package was looked up
	Evidence []Evidence     // by advisory; empty: no entry names the package
}

// Explain takes a package URL and the id of an advisory or a vulnerability, or any alias of it. A package URL that cannot be
// read, or an id that nobody knows, is a problem.
func (e *Explainer) Explain(ctx context.Context, purl, id string) (Explanation, error) {
	if _, err := ident.ParsePURL(purl); err != nil {
		return Explanation{}, problem.Wrap(problem.Invalid, err, "The package URL cannot be read.").
			With(problem.Fault{Path: "query.purl", Code: "purl", Message: err.Error()})
	}
	rows, err := e.store.AdvisoriesNamed(ctx, id)
	if err != nil {
		return Explanation{}, err
	}
	if len(rows) == 0 {
		return Explanation{}, problem.New(problem.NotFound, "No advisory or vulnerability is called %q; it may not be imported.", id)
	}
	out := Explanation{Identity: ident.Identify(ident.Input{PURL: purl})}
	key := intel.NameKey{Ecosystem: out.Identity.Package.Ecosystem, Name: out.Identity.Package.Name}
	if key.Ecosystem == "" {
		return out, nil
	}
	var cands []Candidate
	for c, err := range e.store.Candidates(ctx, e.db, []intel.NameKey{key}) {
		if err != nil {
			return Explanation{}, err
		}
		if slices.Contains(rows, c.AdvisoryRow) {
			cands = append(cands, c)
		}
	}
	out.Evidence = Compile(cands).Explain(Component{Identity: out.Identity})
	// Several feeds carry the same record; what differs between copies is worth two lines, what does not is not.
	seen := map[Evidence]bool{}
	out.Evidence = slices.DeleteFunc(out.Evidence, func(e Evidence) bool {
		twice := seen[e]
		seen[e] = true
		return twice
	})
	sort.SliceStable(out.Evidence, func(i, j int) bool { return out.Evidence[i].Advisory < out.Evidence[j].Advisory })
	return out, nil
}
