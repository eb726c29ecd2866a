package matching

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// eachPackage groups a stream of candidates, which come name by name, and hands each name over compiled.
func eachPackage(stream iter.Seq2[Candidate, error], do func(intel.NameKey, *Package)) error {
	var key intel.NameKey
	var group []Candidate
	for c, err := range stream {
		if err != nil {
			return err
		}
		if k := c.Key(); k != key {
			if len(group) > 0 {
				do(key, Compile(group))
			}
			key, group = k, nil
		}
		group = append(group, c)
	}
	if len(group) > 0 {
		do(key, Compile(group))
	}
	return nil
}

// outcome is what evaluating a chunk of components came to.
type outcome struct {
	components []int64
	older      []int64 // those that an older matcher had judged
	results    []sbom.ComponentResult
	position   map[int64]int
	matches    []Match
	fixes      []fix
}

type fix struct {
	component, vulnerability int64
	version                  string
}

func newOutcome(components []sbom.MatchComponent) *outcome {
	o := &outcome{position: make(map[int64]int, len(components))}
	for i, c := range components {
		o.components = append(o.components, c.ID)
		o.results = append(o.results, sbom.ComponentResult{ID: c.ID, NotCovered: c.Identity.NotCovered})
		o.position[c.ID] = i
		if c.MatcherVersion > 0 && c.MatcherVersion < Version {
			o.older = append(o.older, c.ID)
		}
	}
	return o
}

func (o *outcome) add(c Component, matches []Match, up Upgrades) {
	o.matches = append(o.matches, matches...)
	o.results[o.position[c.ID]].UpgradeVersion = up.All
	for vulnerability, version := range up.ByVulnerability {
		o.fixes = append(o.fixes, fix{c.ID, vulnerability, version})
	}
}

// stage copies the outcome's matches beside the stored ones, so that they can be compared as sets.
func stage(ctx context.Context, tx pgx.Tx, o *outcome) error {
	_, err := tx.Exec(ctx, `
		create temporary table if not exists new_matches (
			component_id bigint, advisory_id bigint, confidence text, reason text, evidence jsonb, fixed_version text
		) on commit drop`)
	if err != nil {
		return fmt.Errorf("make room for matches: %w", err)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"new_matches"},
		[]string{"component_id", "advisory_id", "confidence", "reason", "evidence", "fixed_version"},
		pgx.CopyFromSlice(len(o.matches), func(i int) ([]any, error) {
			match := &o.matches[i]
			evidence, err := json.Marshal(match.Evidence)
			if err != nil {
				return nil, err
			}
			var fixed *string
			if match.FixedVersion != "" {
				fixed = &match.FixedVersion
			}
			return []any{match.Component, match.Candidate.AdvisoryRow, string(match.Confidence), match.Reason, evidence, fixed}, nil
		}))
	if err != nil {
		return fmt.Errorf("copy matches: %w", err)
	}
	return nil
}

// apply brings matches and fixes of the evaluated components to the staged outcome, touching only rows that differ.
func (m *Matcher) apply(ctx context.Context, tx pgx.Tx, o *outcome) error {
	args := pgx.NamedArgs{"components": o.components, "version": Version}
	_, err := tx.Exec(ctx, `
		delete from matches m
		where m.component_id = any(@components)
		  and not exists (select from new_matches n where (n.component_id, n.advisory_id) = (m.component_id, m.advisory_id))`, args)
	if err != nil {
		return fmt.Errorf("remove matches: %w", err)
	}
	_, err = tx.Exec(ctx, `
		insert into matches as m (component_id, advisory_id, confidence, reason, evidence, fixed_version, matcher_version)
		select component_id, advisory_id, confidence, reason, evidence, fixed_version, @version from new_matches
		on conflict (component_id, advisory_id) do update
		set confidence = excluded.confidence, reason = excluded.reason, evidence = excluded.evidence,
		    fixed_version = excluded.fixed_version, matcher_version = excluded.matcher_version, matched_at = now()
		where (m.confidence, m.reason, m.evidence, m.fixed_version, m.matcher_version)
		      is distinct from (excluded.confidence, excluded.reason, excluded.evidence, excluded.fixed_version, excluded.matcher_version)`, args)
	if err != nil {
		return fmt.Errorf("write matches: %w", err)
	}
	if err := writeFixes(ctx, tx, o); err != nil {
		return err
	}
	return m.sboms.SetMatched(ctx, tx, Version, o.results)
}

func writeFixes(ctx context.Context, tx pgx.Tx, o *outcome) error {
	components, vulnerabilities, versions := make([]int64, len(o.fixes)), make([]int64, len(o.fixes)), make([]string, len(o.fixes))
	for i, f := range o.fixes {
		components[i], vulnerabilities[i], versions[i] = f.component, f.vulnerability, f.version
	}
	_, err := tx.Exec(ctx, `
		with new as (
			select * from unnest(@components::bigint[], @vulnerabilities::bigint[], @versions::text[]) as n (component_id, vulnerability_id, version)
		), gone as (
			delete from fixes f
			where f.component_id = any(@all)
			  and not exists (select from new n where (n.component_id, n.vulnerability_id) = (f.component_id, f.vulnerability_id))
		)
		insert into fixes as f (component_id, vulnerability_id, version)
		select component_id, vulnerability_id, version from new
		on conflict (component_id, vulnerability_id) do update set version = excluded.version
		where f.version <> excluded.version`,
		pgx.NamedArgs{"components": components, "vulnerabilities": vulnerabilities, "versions": versions, "all": o.components})
	if err != nil {
		return fmt.Errorf("write fixes: %w", err)
	}
	return nil
}
