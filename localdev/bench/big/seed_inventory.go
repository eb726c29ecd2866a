package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// inventoryTables are those that each release adds to.
type inventoryTables struct{ occurrences, edges, findings, events *table }

func newInventoryTables() *inventoryTables {
	return &inventoryTables{
		occurrences: &table{name: "occurrences", columns: []string{"sbom_id", "ordinal", "component_id", "ref", "scope", "depth", "licenses"}},
		edges:       &table{name: "dependencies", columns: []string{"sbom_id", "from_ordinal", "to_ordinal"}},
		findings: &table{name: "findings", columns: []string{"id", "product_id", "release_id", "component_id", "vulnerability_id", "state", "resolution",
			"active", "severity", "score_key", "component_name", "component_version", "ecosystem", "vulnerability_name", "fixed_version",
			"first_seen", "resolved_at"}},
		events: &table{name: "finding_events", columns: []string{"id", "finding_id", "at", "kind", "detail"}},
	}
}

var licenses = []string{"MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0", "LGPL-3.0-or-later", "ISC"}

// document adds the parts of one, and says how many edges they have.
func (w *inventoryTables) document(id int, parts []occurrence) (edges int) {
	for i, o := range parts {
		scope := "required"
		if i%11 == 0 {
			scope = "optional"
		}
		w.occurrences.add(id, i, o.component+1, fmt.Sprintf("part-%d", i), scope, o.depth, []string{licenses[o.component/versionsPerPackage%len(licenses)]})
		for _, parent := range o.parents {
			w.edges.add(id, parent, i)
		}
		edges += len(o.parents)
	}
	return edges
}

// packageURL is the package's, without a version.
func (k *pkg) packageURL() string {
	return "pkg:" + k.kind + "/" + strings.ReplaceAll(k.name, ":", "/")
}

func (s *seeder) components(ctx context.Context) error {
	rows := &table{name: "components", columns: []string{"id", "identity", "purl", "name", "version", "ecosystem", "match_name", "match_version",
		"not_covered", "matcher_version", "matched_at", "upgrade_version"}}
	for i := range s.packages {
		k := &s.packages[i]
		notCovered := ""
		if k.ecosystem == "" {
			notCovered = "unknown_ecosystem"
		}
		for v, version := range k.versions {
			purl := k.packageURL() + "@" + version
			sum := sha256.Sum256([]byte(purl))
			id := i*versionsPerPackage + v
			var upgrade *string
			last := 0
			for _, f := range s.reaching(id) {
				if f.fixedIn > last && f.fixedIn < versionsPerPackage {
					last, upgrade = f.fixedIn, &k.versions[f.fixedIn]
				}
			}
			matchName := k.name
			if k.ecosystem == "" {
				matchName = ""
			}
			rows.add(id+1, pgtype.UUID{Bytes: [16]byte(sum[:16]), Valid: true}, purl, k.name, version, k.ecosystem, matchName, version, notCovered,
				1000, s.today, upgrade)
		}
	}
	return s.write(ctx, rows)
}

// matches lays what reaches each component, and the version that ends it.
func (s *seeder) matches(ctx context.Context) error {
	matches := &table{name: "matches", columns: []string{"component_id", "advisory_id", "confidence", "evidence", "fixed_version", "matcher_version"}}
	fixes := &table{name: "fixes", columns: []string{"component_id", "vulnerability_id", "version"}}
	for id := range packages * versionsPerPackage {
		k := &s.packages[id/versionsPerPackage]
		for _, f := range s.reaching(id) {
			fixed, bound := k.fix(f), ">= 0"
			if fixed != nil {
				bound = ">= 0, < " + *fixed
				fixes.add(id+1, f.vulnerability+1, *fixed)
			}
			version := k.versions[id%versionsPerPackage]
			matches.add(id+1, f.vulnerability+1, "confirmed", map[string]string{
				"advisory": s.vulnerabilities[f.vulnerability].ghsa, "ecosystem": k.ecosystem, "package": k.name, "version": version,
				"place": "affected[0].ranges[0]", "range": bound, "rule": "in_range", "words": version + " is in the range " + bound,
			}, fixed, 1000)
		}
	}
	return s.write(ctx, matches, fixes)
}
