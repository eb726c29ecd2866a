package main

import (
	"context"
	"fmt"
	"time"
)

// intel lays vulnerabilities with a record of GHSA and one of NVD each, what of them is exploited, and likelihoods.
func (s *seeder) intel(ctx context.Context) error {
	flaws := &table{name: "vulnerabilities", columns: []string{"id", "name", "summary", "cvss_vector", "cvss_score", "severity", "severity_source", "published", "modified"}}
	advisories := &table{name: "advisories", columns: []string{"id", "feed", "advisory_id", "source", "published", "modified", "content_hash", "summary", "details", "aliases", "url"}}
	names := &table{name: "advisory_aliases", columns: []string{"advisory_id", "alias"}}
	covers := &table{name: "advisory_vulnerabilities", columns: []string{"advisory_id", "vulnerability_id"}}
	exploited := &table{name: "kev", columns: []string{"cve", "date_added", "due_date", "name", "content_hash"}}
	likely := &table{name: "epss", columns: []string{"cve", "score", "percentile"}}
	for i := range s.vulnerabilities {
		v := &s.vulnerabilities[i]
		id, nvd, published := i+1, vulnerabilities+i+1, s.ago(v.day)
		var score *float64
		if v.vector != "" {
			score = &v.score
		}
		flaws.add(id, v.name, v.summary, v.vector, score, v.severity, "GHSA", published, published)
		advisories.add(id, "osv", v.ghsa, "GHSA", published, published, []byte{1}, v.summary, v.summary+".", []string{v.name}, "https://example.org/"+v.ghsa)
		advisories.add(nvd, "nvd", v.name, "NVD", published, published, []byte{1}, v.summary, v.summary+".", []string{}, "https://example.org/"+v.name)
		names.add(id, v.ghsa)
		names.add(id, v.name)
		names.add(nvd, v.name)
		covers.add(id, id)
		covers.add(nvd, id)
		likely.add(v.name, v.epss, v.epss)
		if v.exploited > 0 {
			exploited.add(v.name, s.ago(v.exploited), s.ago(v.exploited-21), v.summary, []byte{1})
		}
	}
	for i := range 200_000 { // those of which no record is held
		likely.add(fmt.Sprintf("CVE-%d-%d", 1999+i%17, 200_000+i), float32(i%997)/20_000, float32(i%997)/1_000)
	}
	return s.write(ctx, flaws, advisories, names, covers, exploited, likely, s.affected())
}

func (s *seeder) affected() *table {
	t := &table{name: "affected_packages", columns: []string{"advisory_id", "ordinal", "ecosystem", "match_name", "name", "ranges"}}
	type event map[string]string
	for i := range s.packages {
		k := &s.packages[i]
		for _, f := range k.flaws {
			events := []event{{"introduced": "0"}}
			if fixed := k.fix(f); fixed != nil {
				events = append(events, event{"fixed": *fixed})
			}
			t.add(f.vulnerability+1, 0, k.ecosystem, k.name, k.name, []any{map[string]any{"type": "ECOSYSTEM", "events": events}})
		}
	}
	return t
}

// reportsAndPeople lays threat reports, accounts, teams, products that are not open to all, and a record of changes.
func (s *seeder) reportsAndPeople(ctx context.Context) error {
	rows := &table{name: "threat_reports", columns: []string{"id", "feed", "report_id", "name", "author", "adversary", "tags", "malware_families", "attack_ids",
		"modified", "content_hash", "touches", "stood_at", "indicator_counts", "first_seen", "words", "touched_at"}}
	named := &table{name: "report_vulnerabilities", columns: []string{"report_id", "cve"}}
	signs := &table{name: "indicators", columns: []string{"report_id", "type", "value", "key"}}
	for i := range reports {
		stood := s.ago(i % 700).Add(time.Duration(i) * time.Second)
		name := fmt.Sprintf("%s campaign %d against %s", firstWords[i%30], i, productWords[i%20])
		adversary, family := fmt.Sprintf("group %d", i%80), secondWords[i%22]+"loader"
		rows.add(i+1, "otx", fmt.Sprintf("%024x", i), name, "otx", adversary, []string{thirdWords[i%16]}, []string{family}, []string{"T1190"},
			stood, []byte{1}, i%10 == 0, stood, map[string]int{"IPv4": 10}, stood, name+" "+adversary+" "+family, stood)
		for n := range 4 {
			named.add(i+1, s.vulnerabilities[(i*37+n*1201)%20_000].name)
		}
		for n := range 10 {
			signs.add(i+1, "IPv4", fmt.Sprintf("198.51.%d.%d", i%256, n), int64(i*10+n))
		}
	}
	users := &table{name: "users", columns: []string{"id", "email", "name", "role", "verified_at"}}
	roles := []string{"viewer", "contributor", "analyst", "analyst"}
	teamRows := &table{name: "teams", columns: []string{"id", "name"}}
	members := &table{name: "team_members", columns: []string{"team_id", "user_id"}}
	for i := range teams {
		teamRows.add(i+1, fmt.Sprintf("Team %d", i+1))
	}
	for i := range people {
		users.add(i+1, fmt.Sprintf("%s%d@example.org", roles[i%4], i+1), fmt.Sprintf("The %s %d", roles[i%4], i+1), roles[i%4], s.today)
		members.add(1+i%teams, i+1)
	}
	closed := &table{name: "restricted_products", columns: []string{"product_id"}}
	opened := &table{name: "product_teams", columns: []string{"product_id", "team_id"}}
	for i := range restricted {
		closed.add(1 + i*10)
		opened.add(1+i*10, 1+i%teams)
	}
	events := &table{name: "audit_events", columns: []string{"id", "at", "actor_kind", "actor_id", "actor_name", "action", "subject_kind", "subject_id", "subject_name", "product_id"}}
	for i := range 20_000 {
		events.add(i+1, s.ago(200).Add(time.Duration(i)*10*time.Minute), "person", 1+i%people, fmt.Sprintf("The %s %d", roles[i%people%4], 1+i%people),
			"sbom.upload", "sbom", fmt.Sprint(1+i%2000), "made up", 1+i%products)
	}
	return s.write(ctx, rows, named, signs, users, teamRows, members, closed, opened, events)
}

// sequences go on after the ids that were given.
func (s *seeder) sequences(ctx context.Context) error {
	for _, name := range []string{"products", "releases", "sboms", "components", "vulnerabilities", "advisories", "findings", "finding_events",
		"threat_reports", "users", "teams", "audit_events"} {
		if _, err := s.tx.Exec(ctx, `select setval(pg_get_serial_sequence('`+name+`', 'id'), (select max(id) from `+name+`))`); err != nil {
			return fmt.Errorf("sequence of %s: %w", name, err)
		}
	}
	return nil
}
