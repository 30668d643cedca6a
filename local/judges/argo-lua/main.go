// Command argo-lua runs Lua over Kubernetes objects as Argo CD does (util/lua): gopher-lua with the libraries package, base, table and
// the part of os that tells the time, the object in the global `obj`, one second.
//
// It reads a JSON list of {"script", "object"} and prints a JSON list of {"value"} or {"error"}.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
)

type call struct {
	Script string         `json:"script"`
	Object map[string]any `json:"object"`
}

type answer struct {
	Value any    `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	var calls []call
	if err := json.NewDecoder(os.Stdin).Decode(&calls); err != nil {
		fmt.Fprintln(os.Stderr, "expected a JSON list of calls:", err)
		os.Exit(1)
	}
	answers := make([]answer, 0, len(calls))
	for _, one := range calls {
		value, err := execute(one)
		if err != nil {
			answers = append(answers, answer{Error: err.Error()})
			continue
		}
		answers = append(answers, answer{Value: value})
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func execute(one call) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
		{lua.OsLibName, openSafeOs},
	} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, one.Object))
	if err := state.DoString(one.Script); err != nil {
		return nil, err
	}
	return fromLua(state.Get(-1)), nil
}

func openSafeOs(state *lua.LState) int {
	module := state.RegisterModule(lua.OsLibName, map[string]lua.LGFunction{
		"time": func(l *lua.LState) int { l.Push(lua.LNumber(time.Now().Unix())); return 1 },
		"date": func(l *lua.LState) int { l.Push(lua.LString(time.Now().UTC().Format(time.RFC3339))); return 1 },
	})
	state.Push(module)
	return 1
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch converted := value.(type) {
	case bool:
		return lua.LBool(converted)
	case float64:
		return lua.LNumber(converted)
	case string:
		return lua.LString(converted)
	case []any:
		table := state.CreateTable(len(converted), 0)
		for _, item := range converted {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(converted))
		for key, item := range converted {
			table.RawSetH(lua.LString(key), toLua(state, item))
		}
		return table
	}
	return lua.LNil
}

func fromLua(value lua.LValue) any {
	switch converted := value.(type) {
	case lua.LBool:
		return bool(converted)
	case lua.LNumber:
		return float64(converted)
	case lua.LString:
		return string(converted)
	case *lua.LTable:
		if converted.Len() > 0 {
			list := make([]any, 0, converted.Len())
			for index := 1; index <= converted.Len(); index++ {
				list = append(list, fromLua(converted.RawGetInt(index)))
			}
			return list
		}
		fields := map[string]any{}
		converted.ForEach(func(key, item lua.LValue) { fields[key.String()] = fromLua(item) })
		return fields
	}
	return nil
}
