package finding

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/ident"
)

// ReleaseIn names one release.
type ReleaseIn struct {
	ReleaseID int64 `path:"release_id" minimum:"1"`
}

type releaseListIn struct {
	wire.Paging
	ReleaseIn
}

type possibleOut struct{ Body wire.Page[PossibleMatch] }

func (h *Handler) possible(ctx context.Context, in *releaseListIn) (*possibleOut, error) {
	page, err := h.store.Possible(ctx, in.ReleaseID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := wire.Page[PossibleMatch]{Items: make([]PossibleMatch, len(page.Items)), NextCursor: page.Next}
	for i, m := range page.Items {
		out.Items[i] = PossibleMatch{
			Component: wire.Component{ID: m.ComponentID, Name: m.ComponentName, Version: m.ComponentVersion, PURL: m.ComponentPURL, Ecosystem: m.Ecosystem},
			Advisory:  m.Advisory, Source: m.Source, Vulnerabilities: wire.Strings(m.Vulnerabilities), Severity: m.Severity,
			Score: m.Score, Reason: m.Reason,
		}
		if err := json.Unmarshal(m.Evidence, &out.Items[i].Evidence); err != nil {
			return nil, fmt.Errorf("read the evidence of %s: %w", m.Advisory, err)
		}
	}
	return &possibleOut{out}, nil
}

type coverageOut struct{ Body Coverage }

func (h *Handler) coverage(ctx context.Context, in *releaseListIn) (*coverageOut, error) {
	cover, page, err := h.store.Coverage(ctx, in.ReleaseID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &coverageOut{Coverage{
		Components: cover.Components, Covered: cover.Covered, NotCovered: cover.NotCovered, NextCursor: page.Next,
		Reasons: wire.Slice(cover.Reasons, func(r finding.ReasonCount) CoverageReason {
			return CoverageReason{Reason: r.Reason, Count: r.Count, Words: ident.NotCoveredWords(r.Reason)}
		}),
		Items: wire.Slice(page.Items, func(u finding.Uncovered) CoverageItem {
			return CoverageItem{
				Component: wire.Component{ID: u.ComponentID, Name: u.Name, Version: u.Version, PURL: u.PURL, Ecosystem: u.Ecosystem},
				Reason:    u.Reason, Words: ident.NotCoveredWords(u.Reason),
			}
		}),
	}}, nil
}

// Upgrades holds all upgrades of a release, the worst component first.
type Upgrades struct {
	Items []Upgrade `json:"items"`
}

type upgradesOut struct{ Body Upgrades }

func (h *Handler) upgrades(ctx context.Context, in *ReleaseIn) (*upgradesOut, error) {
	list, err := h.store.Upgrades(ctx, in.ReleaseID)
	if err != nil {
		return nil, err
	}
	return &upgradesOut{Upgrades{wire.Slice(list, func(u finding.Upgrade) Upgrade {
		return Upgrade{
			Component: wire.Component{ID: u.ComponentID, Name: u.Name, Version: u.Version, PURL: u.PURL, Ecosystem: u.Ecosystem},
			Findings:  u.Findings, Worst: u.Worst, Upgrade: u.To,
			Partial: wire.Slice(u.Partial, func(p finding.PartialUpgrade) PartialUpgrade { return PartialUpgrade(p) }),
		}
	})}}, nil
}
