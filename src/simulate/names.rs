//! What shops are called and what they sell.

use super::random::Random;

/// What a shop may sell. The first [`FOOD_CATEGORIES`] are food.
pub(super) const CATEGORIES: [&str; 14] = [
    "restaurant",
    "cafe",
    "bakery",
    "street food",
    "grocery",
    "electronics",
    "fashion",
    "beauty",
    "pharmacy",
    "mobile top-up",
    "homeware",
    "toys",
    "travel",
    "repair",
];

/// How many of [`CATEGORIES`] a kitchen can cook.
pub(super) const FOOD_CATEGORIES: usize = 4;

const FRONT: [&str; 40] = [
    "Golden",
    "Lucky",
    "Happy",
    "Little",
    "Royal",
    "Green",
    "Blue",
    "Sunny",
    "Old Town",
    "Corner",
    "Grand",
    "Silver",
    "Red",
    "New",
    "Fresh",
    "Urban",
    "Island",
    "River",
    "Garden",
    "Star",
    "Morning",
    "Moon",
    "Twin",
    "Jade",
    "Pearl",
    "Lotus",
    "Tiger",
    "Swan",
    "Orchid",
    "Maple",
    "Bamboo",
    "Coral",
    "Mango",
    "Ginger",
    "Honest",
    "First",
    "Royal Oak",
    "Hill",
    "Harbour",
    "City",
];

const FAMILY: [&str; 48] = [
    "Tan",
    "Lim",
    "Lee",
    "Ng",
    "Wong",
    "Somchai",
    "Srisuk",
    "Chaiwat",
    "Suwan",
    "Rattana",
    "Budi",
    "Siti",
    "Wijaya",
    "Putra",
    "Hartono",
    "Nguyen",
    "Tran",
    "Pham",
    "Hoang",
    "Vu",
    "Ahmad",
    "Ismail",
    "Rahman",
    "Aziz",
    "Kumar",
    "Sato",
    "Suzuki",
    "Takahashi",
    "Tanaka",
    "Ito",
    "Smith",
    "Johnson",
    "Garcia",
    "Miller",
    "Davis",
    "Patel",
    "Khan",
    "Hughes",
    "Evans",
    "Walker",
    "Chen",
    "Huang",
    "Lau",
    "Goh",
    "Teo",
    "Ong",
    "Chua",
    "Yeo",
];

const TRADE: [[&str; 4]; 14] = [
    ["Restaurant", "Dining", "Eating House", "Grill"],
    ["Cafe", "Coffee", "Tea House", "Kopitiam"],
    ["Bakery", "Cakes", "Bread", "Patisserie"],
    ["Noodles", "Satay", "Takeaway", "Food Stall"],
    ["Mart", "Grocer", "Provisions", "Mini Market"],
    ["Electronics", "Digital", "Gadgets", "Computers"],
    ["Fashion", "Boutique", "Tailor", "Clothing"],
    ["Beauty", "Salon", "Nails", "Cosmetics"],
    ["Pharmacy", "Clinic", "Health", "Drugstore"],
    ["Mobile", "Top Up", "Telecom", "Phones"],
    ["Homeware", "Furniture", "Living", "Hardware"],
    ["Toys", "Games", "Hobby", "Gifts"],
    ["Travel", "Tours", "Tickets", "Holidays"],
    ["Repairs", "Service", "Motor", "Workshop"],
];

/// A shop's name for a category given by position.
pub(super) fn shop_name(random: &mut Random, category: usize) -> String {
    let trade = random.pick(&TRADE[category]);
    match random.below(10) {
        0..=3 => format!("{} {trade}", brand(random)),
        4..=6 => format!("{} {trade}", random.pick(&FAMILY)),
        7 => format!(
            "{} & {} {trade}",
            random.pick(&FAMILY),
            random.pick(&FAMILY)
        ),
        8 => format!("{trade} {}", random.between(2, 999)),
        _ => format!("{} {} {trade}", random.pick(&FAMILY), random.pick(&FRONT)),
    }
}

/// A brand several shops may carry.
pub(super) fn brand(random: &mut Random) -> String {
    if random.chance(0.5) {
        format!("{} {}", random.pick(&FRONT), random.pick(&FAMILY))
    } else {
        format!("{} {}", random.pick(&FRONT), random.pick(&FRONT))
    }
}
