package matching

import (
	"context"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// ScanResult is what is known of one package, with nothing stored.
type ScanResult struct {
	Identity ident.Identity
	Matches  []Match
	Upgrades Upgrades
}

// Scan evaluates the components of one document against the intel held and stores nothing: the same core and look-up that the
// workers use, but for the platforms of records by CPE, which the document shows here. Equal identities are evaluated once;
// results come in the order of their first occurrence, with Identity.NotCovered by the intel held.
func Scan(ctx context.Context, db intel.Querier, store *intel.Store, components []Component) ([]ScanResult, error) {
	var results []ScanResult
	seen := map[[16]byte]bool{}
	byName := map[intel.NameKey][]int{}
	var names []intel.NameKey
	var byCPE []Component
	var at []int // positions of byCPE among the results
	identities := make([]*ident.Identity, len(components))
	for i := range components {
		identities[i] = &components[i].Identity
	}
	held, err := readHoldings(ctx, db, store, identities)
	if err != nil {
		return nil, err
	}
	for _, c := range components {
		id := c.Identity
		if seen[id.Key] {
			continue
		}
		seen[id.Key] = true
		held.mark(&id)
		results = append(results, ScanResult{Identity: id})
		if len(c.CPEs) > 0 {
			byCPE, at = append(byCPE, c), append(at, len(results)-1)
		}
		key := intel.NameKey{Ecosystem: id.Package.Ecosystem, Name: id.Package.Name}
		if key.Ecosystem == "" {
			continue
		}
		if byName[key] == nil {
			names = append(names, key)
		}
		byName[key] = append(byName[key], len(results)-1)
	}
	said := map[int]map[int64]spoken{} // by position, of those with CPEs
	for _, i := range at {
		said[i] = nil
	}
	err = eachPackage(store.Candidates(ctx, db, names), func(key intel.NameKey, p *Package) {
		for _, i := range byName[key] {
			c := Component{Identity: results[i].Identity}
			results[i].Matches = p.Evaluate(c)
			results[i].Upgrades = p.Upgrades(c, results[i].Matches)
			if _, asked := said[i]; asked {
				said[i] = p.speaksOf(c)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	err = eachByCPE(ctx, db, store, byCPE, NewPlatforms(components), func(i int, r cpeResult) {
		result := &results[at[i]]
		if c := byCPE[i]; !matchedByCPE(c) {
			result.Matches = append(result.Matches, beside(c, said[at[i]], held.of(&c.Identity), r.matches)...)
			return
		}
		result.Matches, result.Upgrades, result.Identity.NotCovered = r.matches, r.upgrades, r.notCovered
	})
	return results, err
}
