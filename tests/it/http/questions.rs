//! The API's answers agree with the run's files and with the terminal.

use serde_json::{Value, json};

use super::Service;

/// Everything but what the envelope adds.
fn without_envelope(mut value: Value) -> Value {
    let fields = value.as_object_mut().unwrap();
    fields.remove("run_id");
    fields.remove("as_of");
    value
}

fn first_cluster(service: &Service) -> String {
    let queue = service.ok("/api/v1/clusters");
    queue["items"][0]["cluster_id"].as_str().unwrap().to_owned()
}

#[test]
fn the_queue_is_the_clusters_table_page_by_page() {
    let service = Service::tiny();
    let whole = service.ok("/api/v1/clusters");
    let items = whole["items"].as_array().unwrap();
    let top = service.terminal(&["top", "--limit", "100"]);
    let ids = |items: &[Value]| -> Vec<String> {
        let id = |item: &Value| item["cluster_id"].as_str().unwrap().to_owned();
        items.iter().map(id).collect()
    };
    assert_eq!(ids(items), ids(top["clusters"].as_array().unwrap()));
    assert_eq!(whole["total"], items.len());
    assert_eq!(whole["run_id"], top["run_id"]);
    assert!(items[0]["reasons"][0]["title"].is_string());

    let mut paged = Vec::new();
    let mut path = "/api/v1/clusters?limit=1".to_owned();
    loop {
        let page = service.ok(&path);
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/clusters?limit=1&cursor={cursor}");
    }
    assert_eq!(&paged, items);
}

#[test]
fn the_queue_is_filtered_and_sorted() {
    let service = Service::tiny();
    let all = service.ok("/api/v1/clusters")["items"].clone();
    let all = all.as_array().unwrap();
    for action in ["enforce", "review", "monitor"] {
        let found = service.ok(&format!("/api/v1/clusters?action={action}"));
        let expected: Vec<&Value> = all.iter().filter(|row| row["action"] == action).collect();
        assert_eq!(
            found["items"]
                .as_array()
                .unwrap()
                .iter()
                .collect::<Vec<_>>(),
            expected
        );
    }
    let largest = service.ok("/api/v1/clusters?sort=size");
    let sizes: Vec<u64> = largest["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["size"].as_u64().unwrap())
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    let id = first_cluster(&service);
    let members = service.ok(&format!("/api/v1/clusters/{id}/members?limit=1"));
    let member = members["items"][0]["merchant_id"].as_str().unwrap();
    for q in [id.as_str(), &id.to_lowercase(), member] {
        let found = service.ok(&format!("/api/v1/clusters?q={q}"));
        assert_eq!(found["items"][0]["cluster_id"], id, "{q}");
    }
    assert_eq!(service.ok("/api/v1/clusters?q=%00nothing")["total"], 0);
    assert_eq!(service.ok("/api/v1/clusters?min_score=1")["total"], 0);
    assert_eq!(service.ok("/api/v1/clusters?state=confirmed")["total"], 0);
}

#[test]
fn answers_are_those_of_the_terminal() {
    let service = Service::tiny();
    let whole = service.ok("/api/v1/clusters");
    for row in whole["items"].as_array().unwrap() {
        let id = row["cluster_id"].as_str().unwrap();
        let mut case = without_envelope(service.terminal(&["show", id, "--run", "runs"]));
        case.as_object_mut().unwrap().remove("kind");
        let answer = service.ok(&format!("/api/v1/clusters/{id}"));
        assert_eq!(answer["case"], case, "{id}");
        assert_eq!(answer["retired"], false);
        for member in case["members"].as_array().unwrap() {
            let id = member["merchant_id"].as_str().unwrap();
            let expected = without_envelope(service.terminal(&["merchant", id, "--run", "runs"]));
            let answer = service.ok(&format!("/api/v1/merchants/{id}"));
            assert_eq!(answer["merchant"], expected, "{id}");
            let expected = service.terminal(&["neighbors", id, "--limit", "50", "--run", "runs"]);
            let answer = service.ok(&format!("/api/v1/merchants/{id}/neighbors"));
            assert_eq!(without_envelope(answer), without_envelope(expected), "{id}");
        }
    }
}

#[test]
fn a_look_up_agrees_with_the_feed() {
    let service = Service::tiny();
    let run = ringfence::run::RunReader::open(&service.runs()).unwrap();
    let feed = run.feed().unwrap();
    assert!(!feed.is_empty());
    for row in &feed {
        let found = service.ok(&format!("/api/v1/lookup/{}", row.merchant_id));
        assert_eq!(found["found"], true);
        assert_eq!(found["cluster_id"], row.cluster_id.as_ref());
        assert_eq!(found["score"], row.cluster_score);
        assert_eq!(found["rank"], row.cluster_rank);
        assert_eq!(found["size"], row.cluster_size);
        assert_eq!(found["membership"], row.membership);
        assert_eq!(found["action"], row.action.as_str());
        assert_eq!(found["run_id"], row.run_id.as_ref());
    }
    let missing = service.ok("/api/v1/lookup/nobody");
    assert_eq!(
        (&missing["found"], &missing["cluster_id"]),
        (&json!(false), &Value::Null)
    );

    let mut ids: Vec<&str> = feed.iter().map(|row| row.merchant_id.as_ref()).collect();
    ids.insert(1, "nobody");
    let reply = service.post(
        "/api/v1/merchants/lookup",
        json!({ "ids": ids }).to_string(),
    );
    let items = reply.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), ids.len());
    for (item, id) in items.iter().zip(&ids) {
        assert_eq!(item["merchant_id"], *id);
        let mut alone = service.ok(&format!("/api/v1/lookup/{id}"));
        alone = without_envelope(alone);
        assert_eq!(item, &alone);
    }
}

#[test]
fn paths_are_those_of_the_terminal() {
    let service = Service::tiny();
    let run = ringfence::run::RunReader::open(&service.runs()).unwrap();
    let mut ids: Vec<String> = run
        .links()
        .unwrap()
        .iter()
        .map(|row| row.merchant_id.to_string())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    for to in ids.iter().step_by(3) {
        let from = &ids[0];
        let expected = service.terminal(&["path", from, to, "--run", "runs"]);
        let answer = service.ok(&format!("/api/v1/path?from={from}&to={to}"));
        assert_eq!(
            without_envelope(answer),
            without_envelope(expected),
            "{from} {to}"
        );
    }
    assert_eq!(service.refused("/api/v1/path?from=nobody&to=nobody").0, 404);
}

#[test]
fn entities_and_search_lead_to_the_cluster() {
    let service = Service::tiny();
    let id = first_cluster(&service);
    let evidence = service.ok(&format!("/api/v1/clusters/{id}/evidence"));
    assert!(evidence["total"].as_u64().unwrap() > 0);
    let shared = evidence["items"].as_array().unwrap().iter();
    for row in shared.filter(|row| row["entity_type"] != "relation") {
        let (kind, value) = (
            row["entity_type"].as_str().unwrap(),
            row["entity"].as_str().unwrap(),
        );
        let encoded = encode(value);
        let entity = service.ok(&format!("/api/v1/entities?type={kind}&value={encoded}"));
        assert_eq!(entity["merchants"], row["merchants"], "{kind}");
        let users = entity["users"].as_array().unwrap();
        assert_eq!(users.len() as u64, row["merchants"].as_u64().unwrap());
        let clusters = entity["clusters"].as_array().unwrap();
        assert!(
            clusters
                .iter()
                .any(|line| line["cluster_id"] == id.as_str())
        );
        let hits = service.ok(&format!("/api/v1/search?q={encoded}"));
        let hits = hits["items"].as_array().unwrap();
        assert!(
            hits.iter()
                .any(|hit| hit["kind"] == "entity" && hit["id"] == value),
            "{kind}"
        );
    }
    let hits = service.ok(&format!("/api/v1/search?q={}", id.to_lowercase()));
    assert_eq!(hits["items"][0]["id"], id);
    assert_eq!(service.ok("/api/v1/search?q=%20")["items"], json!([]));
    assert_eq!(
        service.refused("/api/v1/entities?type=device&value=none").0,
        404
    );
    assert_eq!(
        service.refused("/api/v1/entities?type=none&value=none").0,
        404
    );
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn the_picture_opens_from_the_core_and_keeps_its_places() {
    let service = Service::tiny();
    let id = first_cluster(&service);
    let whole = service.ok(&format!("/api/v1/clusters/{id}/graph?limit=2000"));
    let nodes = whole["nodes"].as_array().unwrap();
    let small = service.ok(&format!("/api/v1/clusters/{id}/graph?limit=4"));
    assert!(small["nodes"].as_array().unwrap().len() <= 4);
    assert_eq!(small["truncated"], true);
    let place = |node: &Value| (node["x"].clone(), node["y"].clone());
    for node in small["nodes"].as_array().unwrap() {
        let same = nodes.iter().find(|other| other["id"] == node["id"]);
        if let Some(same) = same {
            assert_eq!(place(node), place(same));
        }
        for axis in ["x", "y"] {
            assert!((0.0..=1.0).contains(&node[axis].as_f64().unwrap()));
        }
    }
    let focus = small["nodes"][0]["id"].as_str().unwrap();
    let around = service.ok(&format!(
        "/api/v1/clusters/{id}/graph?focus={}&limit=2000",
        encode(focus)
    ));
    let ids: Vec<&Value> = around["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["id"])
        .collect();
    let own = around["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|node| node["id"] == focus)
        .unwrap();
    assert_eq!(own["hidden_neighbors"], 0);
    for link in around["links"].as_array().unwrap() {
        assert!(ids.contains(&&link["source"]) && ids.contains(&&link["target"]));
    }
    let path = format!("/api/v1/clusters/{id}/graph?focus=m:nobody");
    assert_eq!(service.refused(&path), (404, "not_found".into()));
}

#[test]
fn exports_are_files_and_graphs_are_those_of_the_terminal() {
    let service = Service::tiny();
    let id = first_cluster(&service);
    for format in ["graphml", "gexf", "dot", "cypher"] {
        let reply = service.get(&format!("/api/v1/clusters/{id}/export?format={format}"));
        let mut command = crate::command::ringfence(service.dir.path());
        command.args(["export", &id, "--run", "runs", "--format", format]);
        assert_eq!(
            reply.text(),
            crate::command::succeed(&mut command),
            "{format}"
        );
        let expected = format!("attachment; filename=\"ringfence-{id}.{format}\"");
        assert_eq!(reply.header("content-disposition"), expected);
    }
    let csv = service
        .get(&format!("/api/v1/clusters/{id}/export?format=csv"))
        .text();
    assert!(csv.starts_with("\u{feff}merchant_id,name,role"), "{csv}");
    let page = service
        .get(&format!("/api/v1/clusters/{id}/export?format=html"))
        .text();
    assert!(page.contains(&id) && !page.contains("<script"));
    let path = format!("/api/v1/clusters/{id}/export?format=exe");
    assert_eq!(service.get(&path).status, 400);
}

#[test]
fn the_run_tells_about_itself() {
    let service = Service::tiny();
    let run = service.ok("/api/v1/run");
    assert!(run["counts"]["merchants"].as_u64().unwrap() > 0);
    assert!(run["stages"][0]["seconds"].is_number());
    let runs = service.ok("/api/v1/runs");
    assert_eq!(runs["total"], 1);
    let figures = &runs["items"][0];
    assert_eq!(figures["run_id"], run["run_id"]);
    let sum = |name: &str| -> u64 {
        let bars = figures[name].as_array().unwrap().iter();
        bars.map(|bar| bar.as_u64().or(bar["clusters"].as_u64()).unwrap())
            .sum()
    };
    assert_eq!(figures["counts"]["clusters"], sum("scores"));
    assert_eq!(sum("scores"), sum("sizes"));
}

/// The strategy has devices before addresses, the alphabet has not.
#[test]
fn of_two_equal_ways_the_terminal_and_the_service_take_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    let uses = |column: &str, value: &str| -> String {
        format!("merchant_id,{column}\nM1,{value}\nM2,{value}\n")
    };
    super::write_data(
        &input,
        &[
            ("merchants.csv", "merchant_id,name\nM1,One\nM2,Two\n"),
            ("devices.csv", &uses("device_id", "d1")),
            ("payouts.csv", &uses("account", "a1")),
            ("addresses.csv", &uses("address", "12 Long Road")),
        ],
    );
    let service = Service::over(&input);
    let expected = service.terminal(&["path", "M1", "M2", "--run", "runs"]);
    let answer = service.ok("/api/v1/path?from=M1&to=M2");
    assert_eq!(expected["steps"].as_array().unwrap().len(), 2);
    assert_eq!(without_envelope(answer), without_envelope(expected));
}

/// The addresses in the guide's curl examples are answered.
#[test]
fn the_guides_examples_are_answered() {
    let service = Service::over(&crate::command::data("market"));
    let guide = include_str!("../../../docs/guide-integrator.md");
    let (_, after) = guide.split_once("<!-- curl examples -->").unwrap();
    let block = after.split("```").nth(1).unwrap();
    let mut asked = 0;
    for line in block.lines().filter(|line| line.starts_with("curl")) {
        let (_, path) = line.split_once("$api").unwrap();
        let path = path.split([' ', '"']).next().unwrap();
        let path = format!("/api/v1{path}");
        let body = line
            .split_once("-d '")
            .map(|(_, rest)| rest.split('\'').next().unwrap());
        let reply = match body {
            Some(body) => service.post(&path, body.to_owned()),
            None => service.get(&path),
        };
        assert_eq!(reply.status, 200, "{line}");
        let text = reply.text();
        assert!(!text.contains("\"found\":false"), "{line}: {text}");
        asked += 1;
    }
    assert_eq!(asked, 5);
}
