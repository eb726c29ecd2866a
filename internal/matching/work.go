package matching

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// chunk is how many components one transaction evaluates: small enough that progress is seen and locks are short.
const chunk = 500

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
	var changed finding.Changed
	ids, err := m.sboms.UnmatchedComponents(ctx, m.db, sbomID, Version)
	if err != nil {
		return changed, err
	}
	done := 0
	for part := range slices.Chunk(ids, chunk) {
		c, err := m.step(ctx, part, olderMatches)
		if err != nil {
			return changed, fmt.Errorf("match components of SBOM %d: %w", sbomID, err)
		}
		changed.Add(c)
		done += len(part)
		if err := m.sboms.MarkMatching(ctx, m.db, sbomID, done, len(ids)); err != nil {
			return changed, err
		}
	}
	var whole finding.Changed
	err = pg.InTx(ctx, m.db, func(tx pgx.Tx) error {
		release, err := m.sboms.CurrentRelease(ctx, tx, sbomID)
		if err != nil {
			return err
		}
		if release != 0 {
			if whole, err = m.refresh(ctx, tx, []int64{release}); err != nil {
				return err
			}
		}
		return m.sboms.MarkMatched(ctx, tx, sbomID)
	})
	changed.Add(whole)
	return changed, err
}

// MatchAdvisories evaluates again every component that bears a name or a CPE product of these advisories or matched them before, and
// brings the findings of these components up to date in every release.
func (m *Matcher) MatchAdvisories(ctx context.Context, advisoryRows []int64) (finding.Changed, error) {
	var changed finding.Changed
	ids, err := m.touched(ctx, advisoryRows)
	if err != nil {
		return changed, err
	}
	for part := range slices.Chunk(ids, chunk) {
		c, err := m.step(ctx, part, everyMatch)
		if err != nil {
			return changed, fmt.Errorf("match components again: %w", err)
		}
		changed.Add(c)
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

// reach says for which of the components of a step findings are derived at once.
type reach int

const (
	// olderMatches: those that an older matcher judged, and which releases may therefore show already. Others have a document
	// whose job is still to derive its release as a whole.
	olderMatches reach = iota
	everyMatch
)

// step evaluates some components and derives their findings, in one transaction: a job that is killed in between would else not
// find the components again whose matches it took back, and their findings would stay.
func (m *Matcher) step(ctx context.Context, ids []int64, of reach) (finding.Changed, error) {
	var changed finding.Changed
	err := pg.InTx(ctx, m.db, func(tx pgx.Tx) error {
		out, err := m.evaluate(ctx, tx, ids)
		if err != nil {
			return err
		}
		if err := stage(ctx, tx, out); err != nil {
			return err
		}
		if err := m.apply(ctx, tx, out); err != nil {
			return err
		}
		derived := ids
		if of == olderMatches {
			derived = out.older
		}
		changed, err = m.refreshComponents(ctx, tx, derived)
		return err
	})
	return changed, err
}

func (m *Matcher) refreshComponents(ctx context.Context, tx pgx.Tx, ids []int64) (finding.Changed, error) {
	if len(ids) == 0 {
		return finding.Changed{}, nil
	}
	changed, releases, err := m.findings.RefreshComponents(ctx, tx, ids)
	if err != nil || !changed.Any() {
		return changed, err
	}
	return changed, tell(ctx, tx, releases)
}

func (m *Matcher) refresh(ctx context.Context, tx pgx.Tx, releases []int64) (finding.Changed, error) {
	changed, err := m.findings.Refresh(ctx, tx, releases)
	if err != nil || !changed.Any() {
		return changed, err
	}
	return changed, tell(ctx, tx, releases)
}

// tell sends a hint of changed findings.
func tell(ctx context.Context, tx pgx.Tx, releases []int64) error {
	rows, err := tx.Query(ctx, `select product_id, id from releases where id = any(@releases) order by id`, pgx.NamedArgs{"releases": releases})
	if err != nil {
		return fmt.Errorf("find the products of releases: %w", err)
	}
	places, err := pgx.CollectRows(rows, pgx.RowToStructByPos[live.Place])
	if err != nil || len(places) == 0 {
		return err
	}
	return live.Send(ctx, tx, live.Hint{Kind: live.Findings, Places: places})
}

// evaluate locks the components and judges them by what is said of their names now. The locks come before the
// read: when a document and an advisory arrive together, the job that gets the lock second also reads second, and its
// answer stands.
func (m *Matcher) evaluate(ctx context.Context, tx pgx.Tx, ids []int64) (*outcome, error) {
	locked, err := m.sboms.LockComponents(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	identities := make([]*ident.Identity, len(locked))
	for i := range locked {
		identities[i] = &locked[i].Identity
	}
	held, err := readHoldings(ctx, tx, m.intel, identities)
	if err != nil {
		return nil, err
	}
	byName := map[intel.NameKey][]Component{}
	var names []intel.NameKey
	var byCPE []Component
	for i := range locked {
		c := &locked[i]
		held.mark(&c.Identity)
		component := Component{ID: c.ID, Identity: c.Identity, CPEs: c.CPEs}
		key := intel.NameKey{Ecosystem: c.Identity.Package.Ecosystem, Name: c.Identity.Package.Name}
		if len(c.CPEs) > 0 {
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
	said := map[int64]map[int64]spoken{} // by component, of those with CPEs
	err = eachPackage(m.intel.Candidates(ctx, tx, names), func(key intel.NameKey, p *Package) {
		for _, c := range byName[key] {
			matches := p.Evaluate(c)
			out.add(c, matches, p.Upgrades(c, matches))
			if len(c.CPEs) > 0 {
				said[c.ID] = p.speaksOf(c)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	// Components are judged once for the portfolio, so that nobody knows what else is in their documents.
	err = eachByCPE(ctx, tx, m.intel, byCPE, nil, func(i int, r cpeResult) {
		c := byCPE[i]
		if !matchedByCPE(c) {
			out.matches = append(out.matches, beside(c, said[c.ID], held.of(&c.Identity), r.matches)...)
			return
		}
		out.add(c, r.matches, r.upgrades)
		out.results[out.position[c.ID]].NotCovered = r.notCovered
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SweepAssessments takes back what expired assessments did and says how many releases it changed.
func (m *Matcher) SweepAssessments(ctx context.Context) (int, error) {
	var places []live.Place
	err := pg.InTx(ctx, m.db, func(tx pgx.Tx) (err error) {
		places, err = m.findings.SweepAssessments(ctx, tx)
		if err != nil || len(places) == 0 {
			return err
		}
		return live.Send(ctx, tx, live.Hint{Kind: live.Findings, Places: places})
	})
	return len(places), err
}
