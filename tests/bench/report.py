"""The figures of the matrix as tables for a terminal."""


def same(row, other, *keys):
    return all(row[key] == other[key] for key in keys)


def add_ratios(rows):
    """Adds what each row is of the direct and the nginx row that has the same to do, with one backend."""
    for row in rows:
        if row["answer"] == "list":
            continue
        for other in rows:
            if same(row, other, "answer", "payload", "connections") and other["target"] in ("direct", "nginx"):
                name = other["target"]
                row[f"of_{name}"] = row["requests_per_second"] / other["requests_per_second"]
                row[f"p50_of_{name}"] = row["p50_us"] / max(other["p50_us"], 1)
                row[f"cpu_of_{name}"] = row["cpu_us_per_request"] / other["cpu_us_per_request"]


def print_matrix(rows):
    calls = [row for row in rows if row["answer"] != "list"]
    lists = [row for row in rows if row["answer"] == "list"]
    if calls:
        print_calls(calls)
    if lists:
        print_lists(lists, rows)
    failed = [row for row in rows if row["errors"]]
    for row in failed:
        where = f"{row['answer']} {row['payload']}, {row['connections']} connections"
        print(f"! {row['target']}, {where}: {row['errors']:,} requests failed; its figures include those")


def print_calls(rows):
    head = ("req/s", "p50 us", "p99 us", "CPU us/req", "RSS MiB", "req/s/direct", "req/s/nginx", "CPU/nginx")
    print(f"\n{'answer':<10}{'backends':>9}{'conns':>7}  {'target':<8}" + "".join(f"{word:>13}" for word in head))
    last = None
    for row in rows:
        group = (row["answer"], row["payload"], row["backends"], row["connections"])
        if last and group != last:
            print()
        last = group
        answer = f"{row['answer']} {row['payload']}"
        figures = (
            f"{row['requests_per_second']:,.0f}",
            f"{row['p50_us']:,.0f}",
            f"{row['p99_us']:,.0f}",
            f"{row['cpu_us_per_request']:,.1f}",
            f"{row['rss_kib'] / 1024:,.1f}",
            *(f"{row[key]:.2f}" if key in row else "-" for key in ("of_direct", "of_nginx", "cpu_of_nginx")),
        )
        mark = "!" if row["errors"] else " "
        print(
            f"{answer:<10}{row['backends']:>9}{row['connections']:>7} {mark}{row['target']:<8}"
            + "".join(f"{figure:>13}" for figure in figures)
        )
    print("\nCPU and RSS are those of the target: of the backend itself for `direct`, of all workers for `nginx`.")


def print_lists(lists, rows):
    """tools/list beside a call of the same gateway: one backend, 300 bytes, as many connections."""
    head = ("req/s", "p50 us", "CPU us/req", "p50/call", "CPU/call")
    print(f"\n{'tools/list':<10}{'backends':>9}{'conns':>7}  {'target':<8}" + "".join(f"{word:>13}" for word in head))
    for row in lists:
        call = call_beside(row, rows)
        figures = (
            f"{row['requests_per_second']:,.0f}",
            f"{row['p50_us']:,.0f}",
            f"{row['cpu_us_per_request']:,.1f}",
            *(f"{row[key] / call[key]:.2f}" if call else "-" for key in ("p50_us", "cpu_us_per_request")),
        )
        place = f"{'':<10}{row['backends']:>9}{row['connections']:>7}  {row['target']:<8}"
        print(place + "".join(f"{figure:>13}" for figure in figures))


def call_beside(row, rows):
    for other in rows:
        is_call = (other["answer"], other["payload"], other["backends"]) == ("json", "300", 1)
        if is_call and same(row, other, "target", "connections"):
            return other
    return None
