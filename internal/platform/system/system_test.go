package system_test

import (
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/system"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

func TestStateOfAnInstallation(t *testing.T) {
	t.Parallel()
	pool := testkit.DB(t)
	_, err := pool.Exec(t.Context(), `
		insert into river_job (kind, args, max_attempts, queue, state)
		values ('match_sbom', '{}', 3, 'default', 'available'), ('match_sbom', '{}', 3, 'default', 'available')`)
	if err != nil {
		t.Fatal(err)
	}
	s, err := system.NewReader(pool, 7).State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Database.Bytes <= 0 || s.Database.Connections < 1 || s.Database.MaxConnections < 1 || s.Database.Version == "" || len(s.Database.Tables) == 0 {
		t.Errorf("the database is told as %+v", s.Database)
	}
	if s.Migration.Held < 10 || s.Migration.Known != 7 {
		t.Errorf("the schema is told as %+v", s.Migration)
	}
	if len(s.Queues) != 1 || s.Queues[0].Queue != "default" || s.Queues[0].State != "available" || s.Queues[0].Jobs != 2 || s.Queues[0].Oldest == nil {
		t.Errorf("the queues are told as %+v", s.Queues)
	}
	if len(s.Processes) != 0 {
		t.Errorf("nobody works here, and it tells of %+v", s.Processes)
	}
}
