package account

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Team is a group of people that products can be given to.
type Team struct {
	ID          int64
	Name        string
	Description string
	Members     []Member
	Products    int
}

// Member is a person in a team.
type Member struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Mail string `json:"mail"`
}

// TeamInput is what a team is made of. Members replaces all members; nil leaves them.
type TeamInput struct {
	Name, Description string
	Members           *[]int64
}

// Teams lists all teams by name: a company has tens of them.
func (s *Store) Teams(ctx context.Context) ([]Team, error) {
	return teams(ctx, s.db, 0)
}

func teams(ctx context.Context, db pg.DB, id int64) ([]Team, error) {
	rows, err := db.Query(ctx, `
		select t.id, t.name, t.description,
		       coalesce((select jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name, 'mail', u.email) order by lower(u.name), u.id)
		                 from team_members m join users u on u.id = m.user_id where m.team_id = t.id), '[]'),
		       (select count(*) from product_teams p where p.team_id = t.id)
		from teams t where @id = 0 or t.id = @id order by t.name_key limit 1000`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Team, error) {
		var t Team
		err := row.Scan(&t.ID, &t.Name, &t.Description, &t.Members, &t.Products)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	return list, nil
}

// SaveTeam makes a team (id 0) or changes one.
func (s *Store) SaveTeam(ctx context.Context, id int64, in TeamInput) (Team, error) {
	name, bad := checkName("body.name", in.Name)
	if err := refused("The team cannot be saved like this.", bad); err != nil {
		return Team{}, err
	}
	var after Team
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var before any
		action := "team.create"
		if id != 0 {
			held, err := teams(ctx, tx, id)
			if err != nil {
				return err
			}
			if len(held) == 0 {
				return noTeam(id)
			}
			before, action = teamFields(held[0]), "team.update"
		}
		err := tx.QueryRow(ctx, `
			with changed as (update teams set name = @name, description = @description where id = @id returning id),
			     made as (insert into teams (name, description) select @name, @description where @id = 0 returning id)
			select id from changed union all select id from made`,
			pgx.NamedArgs{"id": id, "name": name, "description": storable(in.Description)}).Scan(&id)
		if pg.IsUnique(err, "teams_name_key") {
			return problem.New(problem.Conflict, "There is a team of this name already.").
				With(problem.Fault{Path: "body.name", Code: "exists", Message: "choose another name"})
		}
		if err != nil {
			return err
		}
		if in.Members != nil {
			if err := setMembers(ctx, tx, id, *in.Members); err != nil {
				return err
			}
		}
		now, err := teams(ctx, tx, id)
		if err != nil {
			return err
		}
		after = now[0]
		return audit.Write(ctx, tx, audit.Event{
			Action: action, Subject: "team", ID: strconv.FormatInt(id, 10), Name: name, Before: before, After: teamFields(after),
		})
	})
	if err != nil {
		return Team{}, fmt.Errorf("save a team: %w", err)
	}
	return after, nil
}

func teamFields(t Team) map[string]any {
	members := make([]int64, len(t.Members))
	for i, m := range t.Members {
		members[i] = m.ID
	}
	return map[string]any{"name": t.Name, "description": t.Description, "members": members}
}

func setMembers(ctx context.Context, tx pgx.Tx, team int64, members []int64) error {
	args := pgx.NamedArgs{"team": team, "members": members}
	if _, err := tx.Exec(ctx, `delete from team_members where team_id = @team and user_id <> all(@members)`, args); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		insert into team_members (team_id, user_id) select @team, u.id from users u where u.id = any(@members)
		on conflict do nothing`, args)
	return err
}

// DeleteTeam removes a team. Products that only it could see are then seen by admins alone.
func (s *Store) DeleteTeam(ctx context.Context, id int64) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		held, err := teams(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			return noTeam(id)
		}
		if _, err := tx.Exec(ctx, `delete from teams where id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "team.delete", Subject: "team", ID: strconv.FormatInt(id, 10), Name: held[0].Name, Before: teamFields(held[0]),
		})
	})
	if err != nil {
		return fmt.Errorf("delete team %d: %w", id, err)
	}
	return nil
}

func noTeam(id int64) error { return problem.New(problem.NotFound, "there is no team %d", id) }
