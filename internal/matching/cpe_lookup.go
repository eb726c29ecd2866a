package matching

import (
	"context"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// cpeResult is what the intel by CPE says of one component.
type cpeResult struct {
	matches    []Match
	upgrades   Upgrades
	notCovered string
}

// eachByCPE looks the components' CPEs up and hands each component's result over, by its index.
func eachByCPE(ctx context.Context, db intel.Querier, store *intel.Store, components []Component, document *Platforms, do func(int, cpeResult)) error {
	if len(components) == 0 {
		return nil
	}
	held, err := store.HoldsCPEs(ctx, db)
	if err != nil {
		return err
	}
	names := make([][]cpeName, len(components))
	var wanted []intel.CPEKey
	for i, c := range components {
		names[i] = readNames(c)
		for _, n := range lookedUp(names[i]) {
			wanted = append(wanted, n.key())
		}
	}
	if !held {
		wanted = nil // nothing to look up: most components have CPEs, and not everyone reads NVD
	}
	sets, err := statementsOf(ctx, db, store, wanted)
	if err != nil {
		return err
	}
	for i, c := range components {
		var own []*CPEStatements
		for _, n := range lookedUp(names[i]) {
			if set := sets[n.key()]; set != nil {
				own = append(own, set)
			}
		}
		r := cpeResult{notCovered: coverage(c, names[i], held)}
		if len(own) > 0 {
			statements := join(own)
			r.matches = statements.Evaluate(c, document)
			if matchedByCPE(c) {
				r.upgrades = statements.Upgrades(c, r.matches, document)
			}
		}
		do(i, r)
	}
	return nil
}

func statementsOf(ctx context.Context, db intel.Querier, store *intel.Store, wanted []intel.CPEKey) (map[intel.CPEKey]*CPEStatements, error) {
	sets := map[intel.CPEKey]*CPEStatements{}
	if len(wanted) == 0 {
		return sets, nil
	}
	var key intel.CPEKey
	var group []CPECandidate
	for c, err := range store.CPECandidates(ctx, db, wanted) {
		if err != nil {
			return nil, err
		}
		if c.Key != key && len(group) > 0 {
			sets[key], group = CompileCPEs(group), nil
		}
		key, group = c.Key, append(group, c)
	}
	if len(group) > 0 {
		sets[key] = CompileCPEs(group)
	}
	return sets, nil
}
