package matching

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// chunk is how many components one transaction evaluates: small enough that progress is seen and locks are short.
const chunk = 500

// LiveChannel is the NOTIFY channel on which hints of change go out.
const LiveChannel = "threatwerk_live"

// Matcher brings matches and findings up to date. Its methods may be run twice and may be killed at any moment: they
// commit in steps and skip what is done.
type Matcher struct {
	db       pg.DB
	sboms    *sbom.Store
	intel    *intel.Store
	findings *finding.Store
}

// NewMatcher joins the three stores.
func NewMatcher(db pg.DB, sboms *sbom.Store, advisories *intel.Store, findings *finding.Store) *Matcher {
	return &Matcher{db: db, sboms: sboms, intel: advisories, findings: findings}
}

// MatchSBOM evaluates the components of a document that this matcher has not seen, then derives the findings of the release
// that the document is current for.
func (m *Matcher) MatchSBOM(ctx context.Context, sbomID int64) (finding.Changed, error) {
	ids, err := m.sboms.UnmatchedComponents(ctx, m.db, sbomID, Version)
	if err != nil {
		return finding.Changed{}, err
	}
	total := len(ids)
	for part := range slices.Chunk(ids, chunk) {
		err := pg.InTx(ctx, m.db, func(tx pgx.Tx) error { return m.evaluate(ctx, tx, part) })
		if err != nil {
			return finding.Changed{}, fmt.Errorf("match components of SBOM %d: %w", sbomID, err)
		}
		total -= len(part)
		if err := m.sboms.MarkMatching(ctx, m.db, sbomID, len(ids)-total, len(ids)); err != nil {
			return finding.Changed{}, err
		}
	}
	var changed finding.Changed
	err = pg.InTx(ctx, m.db, func(tx pgx.Tx) error {
		release, err := m.sboms.CurrentRelease(ctx, tx, sbomID)
		if err != nil {
			return err
		}
		if release != 0 {
			if changed, err = m.refresh(ctx, tx, []int64{release}); err != nil {
				return err
			}
		}
		return m.sboms.MarkMatched(ctx, tx, sbomID)
	})
	return changed, err
}

// MatchAdvisories evaluates again every component that bears a name or a CPE product of these advisories or matched them before, and brings
// the findings of the releases that have such a component up to date.
func (m *Matcher) MatchAdvisories(ctx context.Context, advisoryRows []int64) (finding.Changed, error) {
	ids, err := m.touched(ctx, advisoryRows)
	if err != nil {
		return finding.Changed{}, err
	}
	for part := range slices.Chunk(ids, chunk) {
		err := pg.InTx(ctx, m.db, func(tx pgx.Tx) error { return m.evaluate(ctx, tx, part) })
		if err != nil {
			return finding.Changed{}, fmt.Errorf("match components again: %w", err)
		}
	}
	var changed finding.Changed
	releases, err := m.sboms.ReleasesWith(ctx, m.db, ids)
	if err != nil {
		return changed, err
	}
	for part := range slices.Chunk(releases, 100) {
		err := pg.InTx(ctx, m.db, func(tx pgx.Tx) error {
			c, err := m.refresh(ctx, tx, part)
			changed.Opened += c.Opened
			changed.Reopened += c.Reopened
			changed.Updated += c.Updated
			changed.Resolved += c.Resolved
			return err
		})
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// RefreshReleases derives findings without matching.
func (m *Matcher) RefreshReleases(ctx context.Context, releases []int64) (finding.Changed, error) {
	var changed finding.Changed
	err := pg.InTx(ctx, m.db, func(tx pgx.Tx) (err error) {
		changed, err = m.refresh(ctx, tx, releases)
		return err
	})
	return changed, err
}

// refresh derives findings and sends a hint that commits with them. A hint says where to look, never what is there.
func (m *Matcher) refresh(ctx context.Context, tx pgx.Tx, releases []int64) (finding.Changed, error) {
	changed, err := m.findings.Refresh(ctx, tx, releases)
	if err != nil || !changed.Any() {
		return changed, err
	}
	hint := struct {
		Kind     string  `json:"kind"`
		Releases []int64 `json:"release_ids"`
	}{"findings", releases}
	if len(hint.Releases) > 50 {
		hint.Releases = nil // too many to name: everyone looks
	}
	payload, err := json.Marshal(hint)
	if err != nil {
		return changed, err
	}
	_, err = tx.Exec(ctx, `select pg_notify(@channel, @payload)`, pgx.NamedArgs{"channel": LiveChannel, "payload": string(payload)})
	if err != nil {
		return changed, fmt.Errorf("send a hint: %w", err)
	}
	return changed, nil
}

// evaluate locks the components, reads what is said of their names, and writes the difference. The locks come before the
// read: when a document and an advisory arrive together, the job that gets the lock second also reads second, and its
// answer stands.
func (m *Matcher) evaluate(ctx context.Context, tx pgx.Tx, ids []int64) error {
	locked, err := m.sboms.LockComponents(ctx, tx, ids)
	if err != nil {
		return err
	}
	byName := map[intel.NameKey][]Component{}
	var names []intel.NameKey
	var byCPE []Component
	for _, c := range locked {
		component := Component{ID: c.ID, Identity: c.Identity, CPEs: c.CPEs}
		key := intel.NameKey{Ecosystem: c.Identity.Package.Ecosystem, Name: c.Identity.Package.Name}
		if matchedByCPE(component) {
			byCPE = append(byCPE, component)
		}
		if key.Ecosystem == "" {
			continue
		}
		if byName[key] == nil {
			names = append(names, key)
		}
		byName[key] = append(byName[key], component)
	}
	out := newOutcome(locked)
	err = eachPackage(m.intel.Candidates(ctx, tx, names), func(key intel.NameKey, p *Package) {
		for _, c := range byName[key] {
			matches := p.Evaluate(c)
			out.add(c, matches, p.Upgrades(c, matches))
		}
	})
	if err != nil {
		return err
	}
	// Components are judged once for the portfolio, so that nobody knows what else is in their documents.
	err = eachByCPE(ctx, tx, m.intel, byCPE, nil, func(i int, r cpeResult) {
		out.add(byCPE[i], r.matches, r.upgrades)
		out.results[out.position[byCPE[i].ID]].NotCovered = r.notCovered
	})
	if err != nil {
		return err
	}
	return m.write(ctx, tx, out)
}
