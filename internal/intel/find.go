package intel

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// NamedVulnerability is a flaw that one of its ids led to.
type NamedVulnerability struct {
	Name     string
	ID       string // the id that was found
	Summary  string
	Severity string
	Findings int // open ones of active releases that the caller may see, counted up to manyFindings
}

// NamedReport is a threat report that a word of it led to.
type NamedReport struct {
	ID        int64
	Name      string
	Adversary string
}

// mostCandidates bounds how many ids are looked at; a beginning such as CVE-2024 has tens of thousands.
const mostCandidates = 60

// manyFindings is where counting stops.
const manyFindings = 1000

// FindVulnerabilities looks for ids that begin with a text, and names that have it in them: the whole id first, then what reaches
// the portfolio, then the worst.
func (s *Store) FindVulnerabilities(ctx context.Context, text string, limit int) ([]NamedVulnerability, error) {
	text = strings.ToLower(strings.TrimSpace(strings.ReplaceAll(text, "\x00", "")))
	if utf8.RuneCountInString(text) < 3 {
		return nil, nil
	}
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
	args := pgx.NamedArgs{"text": text,
		// The ids that begin so, as a range: a pattern that comes as an argument finds no index.
		"after": text + "\U0010FFFF", "part": "%" + escaped + "%", "most": mostCandidates, "many": manyFindings, "limit": limit,
		// What begins like an id was found above; its letters are in every name.
		"inside": !strings.HasPrefix(text, "cve-") && !strings.HasPrefix(text, "ghsa-")}
	rows, err := s.db.Query(ctx, `
		with candidates as (
			(select av.vulnerability_id, a.alias from advisory_aliases a join advisory_vulnerabilities av using (advisory_id)
			 where lower(a.alias) = @text limit @most)
			union all
			(select av.vulnerability_id, a.alias from advisory_aliases a join advisory_vulnerabilities av using (advisory_id)
			 where lower(a.alias) ~>=~ @text and lower(a.alias) ~<~ @after limit @most)
			union all
			(select v.id, v.name from vulnerabilities v where @inside and lower(v.name) like @part limit @most)
		), one as (
			select vulnerability_id, (array_agg(alias order by lower(alias) <> @text, alias))[1] as alias from candidates group by 1
		)
		select v.name, o.alias, v.summary, v.severity, n.count
		from one o join vulnerabilities v on v.id = o.vulnerability_id
		cross join lateral (
			select count(*)::int from (select from findings f where f.vulnerability_id = v.id and f.state = 'open' and f.active
			                           and `+access.See(ctx).Where("f.product_id", args)+` limit @many) f
		) n
		order by lower(o.alias) <> @text and lower(v.name) <> @text, n.count = 0, v.cvss_score desc nulls last, v.name desc
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("find vulnerabilities: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[NamedVulnerability])
	if err != nil {
		return nil, fmt.Errorf("find vulnerabilities: %w", err)
	}
	return found, nil
}

// FindReports looks for threat reports by a part of name, adversary, malware family or tag, the newest first.
func (s *Store) FindReports(ctx context.Context, text string, limit int) ([]NamedReport, error) {
	text = strings.ToLower(strings.TrimSpace(strings.ReplaceAll(text, "\x00", "")))
	if utf8.RuneCountInString(text) < 3 {
		return nil, nil
	}
	rows, err := s.db.Query(ctx, `
		select id, name, adversary from threat_reports where words like @part order by stood_at desc, id desc limit @limit`,
		pgx.NamedArgs{"part": "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%", "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("find threat reports: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[NamedReport])
	if err != nil {
		return nil, fmt.Errorf("find threat reports: %w", err)
	}
	return found, nil
}
