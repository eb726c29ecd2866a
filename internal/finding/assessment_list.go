package finding

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Assessments are all decisions that concern a finding, the newest first: the one that holds, those that it overrules, and those
// that ended.
func (s *Store) Assessments(ctx context.Context, findingID int64) ([]Assessment, error) {
	args := pgx.NamedArgs{"id": findingID, "now": s.now()}
	if err := s.requireFinding(ctx, s.db, findingID); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `
		select a.id, a.vulnerability, a.package, coalesce(a.version, ''),
		       case when a.release_id is not null then 'release' when a.product_id is not null then 'product' else 'everywhere' end,
		       coalesce(p.name, ''), coalesce(r.version, ''), a.status, a.justification, a.response, a.action, a.note, a.author_name,
		       a.created_at, a.expires_at,
		       case when x.reason is not null then x.reason when a.expires_at <= @now then 'expired'
		            when a.id = f.assessment_id then 'effective' else 'overruled' end,
		       coalesce(x.ended_at, case when a.expires_at <= @now then a.expires_at end), coalesce(x.author_name, ''), coalesce(x.note, '')
		from findings f
		join vulnerabilities v on v.id = f.vulnerability_id
		join assessments a on `+within+`
		left join assessment_ends x on x.assessment_id = a.id
		left join products p on p.id = a.product_id
		left join releases r on r.id = a.release_id
		where f.id = @id and `+ofVulnerability+` and `+access.See(ctx).Where("f.product_id", args)+`
		order by a.id desc limit 500`, args)
	if err != nil {
		return nil, fmt.Errorf("list assessments of finding %d: %w", findingID, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Assessment])
	if err != nil {
		return nil, fmt.Errorf("list assessments of finding %d: %w", findingID, err)
	}
	return list, nil
}

func (s *Store) requireFinding(ctx context.Context, db pg.DB, id int64) error {
	var there bool
	args := pgx.NamedArgs{"id": id}
	err := db.QueryRow(ctx, `select exists (select from findings where id = @id and `+access.See(ctx).Where("product_id", args)+`)`, args).Scan(&there)
	if err != nil {
		return fmt.Errorf("read finding %d: %w", id, err)
	}
	if !there {
		return problem.New(problem.NotFound, "there is no finding %d; its release may have been deleted", id)
	}
	return nil
}

// Withdraw takes an assessment back that concerns a finding: what it settled opens, unless another one holds.
func (s *Store) Withdraw(ctx context.Context, findingID, assessmentID int64, note string) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if err := lockAssessments(ctx, tx); err != nil {
			return err
		}
		concerned := (&Store{db: tx, now: s.now})
		list, err := concerned.Assessments(ctx, findingID)
		if err != nil {
			return err
		}
		var of *Assessment
		for i := range list {
			if list[i].ID == assessmentID {
				of = &list[i]
			}
		}
		switch {
		case of == nil:
			return problem.New(problem.NotFound, "no assessment %d concerns finding %d", assessmentID, findingID)
		case of.EndedAt != nil:
			return problem.New(problem.Conflict, "assessment %d has ended already", assessmentID)
		case of.Place == PlaceEverywhere && !access.Act(ctx).Has(0):
			return problem.New(problem.Forbidden, "This assessment holds everywhere; you may decide for some products only.")
		}
		return s.withdraw(ctx, tx, *of, note)
	})
	if err != nil {
		return fmt.Errorf("withdraw assessment %d: %w", assessmentID, err)
	}
	return nil
}

func (s *Store) withdraw(ctx context.Context, tx pgx.Tx, a Assessment, note string) error {
	caller := access.CallerOf(ctx)
	of := entry{ID: a.ID, Vulnerability: a.Vulnerability, Package: a.Package}
	err := tx.QueryRow(ctx, `
		with ended as (
			insert into assessment_ends (assessment_id, reason, note, author_id, author_name, ended_at)
			values (@id, 'withdrawn', @note, nullif(@author::bigint, 0), @author_name, @now)
		)
		select coalesce(product_id, 0) from assessments where id = @id`,
		pgx.NamedArgs{"id": a.ID, "note": note, "author": caller.PersonID, "author_name": caller.Name, "now": s.now()}).Scan(&of.Product)
	if err != nil {
		return fmt.Errorf("end an assessment: %w", err)
	}
	if err := s.applied(ctx, tx, `f.assessment_id = @id`, pgx.NamedArgs{"id": a.ID}); err != nil {
		return err
	}
	before := map[string]any{"status": a.Status, "justification": a.Justification, "note": a.Note, "author": a.Author}
	return record(ctx, tx, "assessment.withdraw", []entry{of}, before, map[string]any{"note": note})
}
