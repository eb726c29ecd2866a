package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"
)

// table receives rows of one table by COPY; a goroutine sends them while the generator makes them.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

func (t *table) add(row ...any) { t.rows = append(t.rows, row) }

// flush writes what has been collected.
func (t *table) flush(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(t.rows))
	t.rows = t.rows[:0]
	if err != nil {
		return fmt.Errorf("copy %s: %w", t.name, err)
	}
	return nil
}

// seeder writes a portfolio.
type seeder struct {
	*portfolio
	tx    pgx.Tx
	today time.Time

	occurrences, findings, events int
}

func (s *seeder) ago(days int) time.Time { return s.today.AddDate(0, 0, -days) }

func (s *seeder) write(ctx context.Context, tables ...*table) error {
	for _, t := range tables {
		if err := t.flush(ctx, s.tx); err != nil {
			return err
		}
	}
	return nil
}

func seed(ctx context.Context, conn *pgx.Conn) error {
	var held bool
	if err := conn.QueryRow(ctx, `select exists (select from products) or exists (select from advisories)`).Scan(&held); err != nil {
		return fmt.Errorf("is the database migrated? %w", err)
	}
	if held {
		return errors.New("the database holds products or intel already; give it an empty one")
	}
	began := time.Now()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	// Rows fit one another by construction; without the right to say so the checks are made, which takes longer.
	if _, err := conn.Exec(ctx, `savepoint before`); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `set local session_replication_role = replica`); err != nil {
		if _, err := conn.Exec(ctx, `rollback to before`); err != nil {
			return err
		}
	}
	s := &seeder{portfolio: newPortfolio(), tx: tx, today: time.Now().UTC().Truncate(24 * time.Hour)}
	for _, step := range []func(context.Context) error{s.intel, s.components, s.matches, s.releases, s.reportsAndPeople, s.sequences} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `vacuum analyze`); err != nil {
		return err
	}
	fmt.Printf("%d releases of %d products, %d components, %d occurrences, %d findings, %d vulnerabilities in %.0f s\n", products*releasesPerProduct,
		products, packages*versionsPerPackage, s.occurrences, s.findings, vulnerabilities, time.Since(began).Seconds())
	return nil
}

// releases lays products, releases, documents, graphs and findings.
func (s *seeder) releases(ctx context.Context) error {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		return err
	}
	productRows := &table{name: "products", columns: []string{"id", "name", "description", "criticality", "exposure", "created_at"}}
	releaseRows := &table{name: "releases", columns: []string{"id", "product_id", "version", "active", "current_sbom_id", "created_at"}}
	documents := &table{name: "sboms", columns: []string{"id", "release_id", "format", "spec_version", "encoding", "sha256", "size_bytes", "document",
		"file_name", "subject_name", "subject_version", "tools", "status", "progress_done", "progress_total", "component_count",
		"occurrence_count", "edge_count", "uploaded_at", "matched_at"}}
	w := newInventoryTables()
	criticalities, exposures := []string{"low", "medium", "medium", "high", "very_high"}, []string{"small", "controlled", "open"}
	document := 0
	for product := range products {
		name := fmt.Sprintf("%s %s %d", productWords[product%20], partWords[product/20], 1+product)
		productRows.add(product+1, name, "Made up, to measure with.", criticalities[product%5], exposures[product%3], s.ago(900))
		chosen, start := s.choice()
		for n := range releasesPerProduct {
			release, version, age := product*releasesPerProduct+n+1, fmt.Sprintf("%d.%d.0", 1+n/4, n%4), (releasesPerProduct-n)*70+product%60
			active := n >= releasesPerProduct-activePerProduct
			parts, left := s.document(chosen, start, n)
			lists := [][]occurrence{parts}
			if n == releasesPerProduct-1 { // the newest had an earlier document
				earlier, _ := s.document(chosen, start, n-1)
				lists = [][]occurrence{earlier, parts}
			}
			for at, list := range lists {
				document++
				raw := fmt.Appendf(nil, `{"bomFormat":"CycloneDX","specVersion":"1.6","version":%d,"components":[]}`, document)
				sum := sha256.Sum256(raw)
				uploaded := s.ago(age - at)
				edges := w.document(document, list)
				documents.add(document, release, "cyclonedx", "1.6", "json", sum[:], len(raw), encoder.EncodeAll(raw, nil), "bom.json", name, version,
					[]string{"made-up 1.0"}, "matched", len(list), len(list), len(list), len(list), edges, uploaded, uploaded.Add(time.Second))
				s.occurrences += len(list)
			}
			releaseRows.add(release, product+1, version, active, document, s.ago(age))
			s.findingsOf(w, release, product+1, active, age, parts, left)
		}
		if err := s.write(ctx, productRows, releaseRows, documents, w.occurrences, w.edges, w.findings, w.events); err != nil {
			return err
		}
	}
	return nil
}

// findingsOf are what reaches the parts, open, and what reached parts that are gone, resolved.
func (s *seeder) findingsOf(w *inventoryTables, release, product int, active bool, age int, parts []occurrence, left []int) {
	one := func(component int, gone bool) {
		k := &s.packages[component/versionsPerPackage]
		for _, f := range s.reaching(component) {
			v := &s.vulnerabilities[f.vulnerability]
			s.findings++
			seen := s.ago(min(age, v.day)).Add(time.Duration(s.findings%86_400) * time.Second)
			var resolved *time.Time
			state, resolution := "open", ""
			if gone {
				at := seen.Add(time.Duration(1+s.findings%30) * 24 * time.Hour)
				resolved, state, resolution = &at, "resolved", "component_gone"
			}
			key := -1
			if v.vector != "" {
				key = int(v.score*10 + 0.5)
			}
			w.findings.add(s.findings, product, release, component+1, f.vulnerability+1, state, resolution, active, v.severity, key, k.name,
				k.versions[component%versionsPerPackage], k.ecosystem, v.name, k.fix(f), seen, resolved)
			s.events++
			w.events.add(s.events, s.findings, seen, "opened", map[string]any{})
			if gone {
				s.events++
				w.events.add(s.events, s.findings, *resolved, "resolved", map[string]any{"reason": resolution})
			}
		}
	}
	for _, o := range parts {
		one(o.component, false)
	}
	for _, component := range left {
		one(component, true)
	}
}
