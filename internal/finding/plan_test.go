package finding_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// node is one step of a plan as PostgreSQL writes it.
type node struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Plans    []node
}

// each visits a plan from the top.
func (n node) each(do func(node)) {
	do(n)
	for _, p := range n.Plans {
		p.each(do)
	}
}

// read is how many findings a plan looked at; sorted the most rows that one of its sorts took in.
func (n node) read() (read, sorted float64) {
	n.each(func(n node) {
		if n.Relation == "findings" || strings.HasPrefix(n.Index, "findings") && n.Type == "Bitmap Index Scan" {
			read += (n.Rows + n.Removed) * n.Loops
		}
		if strings.Contains(n.Type, "Sort") {
			sorted = max(sorted, n.Plans[0].Rows*n.Plans[0].Loops)
		}
	})
	return read, sorted
}

// planner runs every query and keeps how PostgreSQL did it.
type planner struct {
	pg.DB
	t     *testing.T
	plans []node
}

func (p *planner) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	var explained []struct{ Plan node }
	if err := p.DB.QueryRow(ctx, "explain (analyze, costs off, timing off, summary off, format json) "+sql, args...).Scan(&explained); err != nil {
		p.t.Fatal(err)
	}
	p.plans = append(p.plans, explained[0].Plan)
	return p.DB.Query(ctx, sql, args...)
}

// seed lays 40,000 open findings: 200 releases with 200 components each, 1,000 vulnerabilities.
const seed = `
	insert into products (name) select 'product ' || n from generate_series(1, 100) n;
	insert into releases (product_id, version) select 1 + n % 100, n::text from generate_series(1, 200) n;
	insert into components (identity, name, version, ecosystem, match_name)
	select gen_random_uuid(), 'component ' || n, '1', 'npm', 'component ' || n from generate_series(1, 2000) n;
	insert into vulnerabilities (name, severity, cvss_score)
	select 'CVE-2099-' || lpad(n::text, 5, '0'), 'high', (n % 100) / 10.0 from generate_series(1, 1000) n;
	insert into findings (product_id, release_id, component_id, vulnerability_id, severity, score_key, component_name, vulnerability_name, first_seen)
	select r.product_id, r.id, 1 + (r.id * 7 + n * 13) % 2000, 1 + (r.id + n * 3) % 1000, 'high', (n * 31) % 100,
	       'component ' || 1 + (r.id * 7 + n * 13) % 2000, 'CVE-2099-' || lpad((1 + (r.id + n * 3) % 1000)::text, 5, '0'),
	       now() - n * interval '1 hour'
	from releases r cross join generate_series(1, 200) n
	on conflict do nothing;
	insert into epss (cve, score, percentile) select 'CVE-2099-' || lpad(n::text, 5, '0'), n / 30000.0, 0.5 from generate_series(1, 20000) n;
	insert into kev (cve, date_added, content_hash) select 'CVE-2099-' || lpad((n * 50)::text, 5, '0'), '2025-01-01'::date + n, '' from generate_series(1, 20) n;
	analyze`

func TestNoPortfolioListSortsThePortfolio(t *testing.T) {
	pool := testkit.DB(t)
	if _, err := pool.Exec(t.Context(), seed); err != nil {
		t.Fatal(err)
	}
	for _, sort := range finding.Sorts {
		p := &planner{DB: pool, t: t}
		store := finding.NewStore(p)
		first, err := store.List(t.Context(), finding.Filter{}, sort, "", 50)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.List(t.Context(), finding.Filter{}, sort, first.Next, 50); err != nil {
			t.Fatal(err)
		}
		for i, plan := range p.plans {
			if read, sorted := plan.read(); read > 2000 || sorted > 1000 {
				t.Errorf("sort %s, page %d: reads %.0f findings and sorts %.0f for a page of 50", sort, i+1, read, sorted)
			}
		}
	}
}

func TestAReleasesListReadsThatReleaseOnly(t *testing.T) {
	pool := testkit.DB(t)
	if _, err := pool.Exec(t.Context(), seed); err != nil {
		t.Fatal(err)
	}
	p := &planner{DB: pool, t: t}
	if _, err := finding.NewStore(p).List(t.Context(), finding.Filter{ReleaseID: 7}, "", "", 50); err != nil {
		t.Fatal(err)
	}
	if read, sorted := p.plans[0].read(); read > 250 || sorted > 250 {
		t.Errorf("reads %.0f findings and sorts %.0f for a release of 200", read, sorted)
	}
}
