package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"
)

// metadataTime bounds the question to the task metadata endpoint, which is on the same machine.
const metadataTime = time.Second

// TaskFields are what ECS says of the task that this process runs in, for its log: metadata is the value of
// ECS_CONTAINER_METADATA_URI_V4 (Amazon ECS developer guide, task metadata endpoint version 4). Outside ECS, and where
// nobody answers, there are none.
func TaskFields(ctx context.Context, metadata string) ([]zap.Field, error) {
	if metadata == "" {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, metadataTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, metadata+"/task", nil)
	if err != nil {
		return nil, fmt.Errorf("ask for the task's metadata: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for the task's metadata: %w", err)
	}
	defer res.Body.Close()
	var task struct {
		TaskARN, Family, Revision, AvailabilityZone string
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<20)).Decode(&task); err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read the task's metadata (%s): %w", res.Status, err)
	}
	return []zap.Field{
		zap.String("task", task.TaskARN[strings.LastIndex(task.TaskARN, "/")+1:]), zap.String("definition", task.Family+":"+task.Revision),
		zap.String("zone", task.AvailabilityZone),
	}, nil
}
