package matching

import (
	"context"
	"slices"
	"sort"
	"strings"

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

// Explanation is what every affected entry and applicability statement that speaks of both a component and an advisory comes to,
// also where it does not reach the component.
type Explanation struct {
	Identity ident.Identity // as the component was looked up
	Products []string       // "vendor:product" of its CPEs
	Evidence []Evidence     // by advisory; empty: nothing names the component
}

// Asked is the component that is asked about: a package URL, a CPE, or both, as a document gives them.
type Asked struct{ PURL, CPE string }

// Explain takes a component and the id of an advisory or a vulnerability, or any alias of it. A package URL or a CPE that cannot
// be read, neither of them, or an id that nobody knows is a problem.
func (e *Explainer) Explain(ctx context.Context, asked Asked, id string) (Explanation, error) {
	c, err := asked.component()
	if err != nil {
		return Explanation{}, err
	}
	rows, err := e.store.AdvisoriesNamed(ctx, id)
	if err != nil {
		return Explanation{}, err
	}
	if len(rows) == 0 {
		return Explanation{}, problem.New(problem.NotFound, "No advisory or vulnerability is called %q; it may not be imported.", id)
	}
	held, err := readHoldings(ctx, e.db, e.store, []*ident.Identity{&c.Identity})
	if err != nil {
		return Explanation{}, err
	}
	held.mark(&c.Identity)
	out := Explanation{Identity: c.Identity}
	said := map[int64]spoken{}
	if key := (intel.NameKey{Ecosystem: c.Identity.Package.Ecosystem, Name: c.Identity.Package.Name}); key.Ecosystem != "" {
		err := eachPackage(e.store.Candidates(ctx, e.db, []intel.NameKey{key}), func(_ intel.NameKey, p *Package) {
			said = p.speaksOf(c)
			out.Evidence = append(out.Evidence, p.only(rows).Explain(c)...)
		})
		if err != nil {
			return Explanation{}, err
		}
	}
	if err := e.explainCPE(ctx, c, said, held.of(&c.Identity), rows, &out); err != nil {
		return Explanation{}, err
	}
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

func (a Asked) component() (Component, error) {
	in := ident.Input{PURL: strings.TrimSpace(a.PURL)}
	if a.PURL == "" && a.CPE == "" {
		return Component{}, problem.New(problem.Invalid, "Say of which component: by a package URL or a CPE.").
			With(problem.Fault{Path: "query.purl", Code: "required", Message: "give purl, cpe, or both"})
	}
	if a.PURL != "" {
		if _, err := ident.ParsePURL(a.PURL); err != nil {
			return Component{}, problem.Wrap(problem.Invalid, err, "The package URL cannot be read.").
				With(problem.Fault{Path: "query.purl", Code: "purl", Message: err.Error()})
		}
	}
	if a.CPE != "" {
		cpe, err := ident.ParseCPE(a.CPE)
		if err != nil {
			return Component{}, problem.Wrap(problem.Invalid, err, "The CPE cannot be read.").
				With(problem.Fault{Path: "query.cpe", Code: "cpe", Message: err.Error()})
		}
		in.CPEs = []string{a.CPE}
		if a.PURL == "" {
			vendor, product := cpe.VendorProduct()
			in.Group, in.Name, in.Version = vendor, product, cpe.Version()
		}
	}
	return Component{Identity: ident.Identify(in), CPEs: in.CPEs}, nil
}

// explainCPE adds what applicability statements say, weighed against what the ecosystem says.
func (e *Explainer) explainCPE(ctx context.Context, c Component, said map[int64]spoken, held bool, rows []int64, out *Explanation) error {
	if len(c.CPEs) == 0 {
		return nil
	}
	holds, err := e.store.HoldsCPEs(ctx, e.db)
	if err != nil {
		return err
	}
	names := readNames(c)
	if matchedByCPE(c) {
		out.Identity.NotCovered = coverage(c, names, holds)
	}
	var wanted []intel.CPEKey
	for _, n := range lookedUp(names) {
		wanted = append(wanted, n.key())
		out.Products = append(out.Products, n.key().Vendor+":"+n.key().Product)
	}
	sets, err := statementsOf(ctx, e.db, e.store, wanted)
	if err != nil {
		return err
	}
	var own []*CPEStatements
	for _, key := range wanted {
		if set := sets[key]; set != nil && !slices.Contains(own, set) {
			own = append(own, set)
		}
	}
	if len(own) == 0 {
		return nil
	}
	for _, m := range join(own).only(rows).explain(c) {
		if m.Confidence != "" && !matchedByCPE(c) {
			weighed := beside(c, said, held, []Match{m})
			if len(weighed) == 0 {
				m.lower(Contradicted, RuleDistroBuild, " But a distribution built the package and judges every vulnerability of its packages itself: CPE decides nothing here.")
				weighed = []Match{m}
			}
			m = weighed[0]
		}
		out.Evidence = append(out.Evidence, m.Evidence)
	}
	return nil
}

// only keeps the entries of some advisories.
func (p *Package) only(rows []int64) *Package {
	out := &Package{byAdvisory: p.byAdvisory, byVulnerability: p.byVulnerability}
	for _, e := range p.entries {
		if slices.Contains(rows, e.cand.AdvisoryRow) {
			out.entries = append(out.entries, e)
		}
	}
	return out
}

// only keeps the statements of some advisories.
func (p *CPEStatements) only(rows []int64) *CPEStatements {
	out := &CPEStatements{byAdvisory: p.byAdvisory}
	for _, e := range p.entries {
		if slices.Contains(rows, e.cand.AdvisoryRow) {
			out.entries = append(out.entries, e)
		}
	}
	return out
}
