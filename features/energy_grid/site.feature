# The house, the grid, and where the energy goes.
Feature: House and grid

  Background:
    Given a charger where nobody needs a token

  @EG-04 @EG-06
  Scenario: The car makes room for the house, and takes it back later
    Given a main fuse of 40 A
    And the house takes 200 W on each line
    And a car is charging
    When the house begins to take 6 kW on each line
    Then within 7 s the car draws 13.4 A
    And the house connection carries at most 40 A
    When the house begins to take 200 W on each line
    Then for 10 s the car draws at most 14 A
    And within 60 s the car draws 32 A

  @EG-08
  Scenario: A silent house meter means the fail-safe current
    Given a car is charging
    When the house meter is lost
    Then within 10 s the car draws 6 A
    And the limit is 6 A by the Site because of FailSafe
    When the house meter is back
    Then within 60 s the car draws 32 A

  @EG-08
  Scenario: Without a reading of its own meter the charger gives no energy
    Given a car is charging
    When the meter is lost
    Then within 13 s the fault MeterLost is detected
    And within 8 s the contactor opens
    When the meter is back
    Then within 15 s the contactor closes

  @EG-09
  Scenario: A sag stops the car and it comes back
    Given a car is charging
    When the voltage goes to 70 % for 10 s
    Then within 1 s the car draws 0 A
    And within 60 s the car draws 32 A

  @EG-09
  Scenario: A frequency out of bounds stops the car and it comes back
    Given a car is charging
    When the frequency goes to 46.5 Hz for 10 s
    Then within 1 s the car draws 0 A
    And within 60 s the car draws 32 A

  @EG-09
  Scenario: A lost line is not drawn from
    Given a car is charging
    When the line L2 is lost for 30 s
    Then for 20 s the contactor stays closed
    When 60 s pass
    And the driver unplugs
    And 5 s pass
    Then the energy balance closes within 0.1 %

  @EG-09 @HL-14
  Scenario: A black-out of the mains is survived
    Given a car is charging
    When the mains are gone for 30 s
    Then within 1 s the car draws 0 A
    And within 90 s the car draws 32 A

  @EG-10
  Scenario: Everyone who counts the energy counts the same
    Given a car is charging
    When 2 h pass
    And the driver unplugs
    And 5 s pass
    Then the energy balance closes within 0.1 %
    And the meter stop is the register of the meter

  # field reports: SmartEVSE waits 60 s, evcc minutes
  @EG-06
  Scenario: A house around the least current does not make the car come and go
    Given a main fuse of 40 A
    And the house takes 7400 W on each line
    And a car is charging
    When the house begins to take 8 kW on each line
    Then within 10 s the contactor opens
    When the house begins to take 7400 W on each line
    And 30 s pass
    And the house begins to take 8 kW on each line
    And 30 s pass
    And the house begins to take 7400 W on each line
    And 30 s pass
    And the house begins to take 8 kW on each line
    And 30 s pass
    Then the number of contactor closings is exactly 0
    When the house begins to take 7400 W on each line
    Then for 55 s the contactor stays open
    And within 10 s the contactor closes

  @EG-06
  Scenario: Only the line of an outlet with one line counts
    Given a charger with the configuration
      """
      [authorization]
      mode = "free"
      [outlet]
      phases = 1
      [site]
      main_fuse_a = 40
      """
    And the car "small-car-7"
    And the house takes 8 kW on L2
    # Nothing is known of the car yet, and L2 is full.
    When the driver plugs in
    Then within 15 s the car draws 32 A
    When the house takes 5 kW on L1
    Then within 7 s the car draws 17.2 A

  @EG-06
  Scenario: Only the line of a car with one line counts
    Given the car "small-car-7"
    And a main fuse of 40 A
    And a car is charging
    When the house takes 8 kW on L3
    Then for 30 s the car draws at least 31 A

  @EG-06
  Scenario: An outlet that is wired in rotation, and a charger that knows it
    Given a charger with the configuration
      """
      [authorization]
      mode = "free"
      [site]
      main_fuse_a = 40
      lines = ["L2", "L3", "L1"]
      """
    And the line L1 of the outlet is line L2 of the house
    And the line L2 of the outlet is line L3 of the house
    And the line L3 of the outlet is line L1 of the house
    And the car "small-car-7"
    And a car is charging
    When the house takes 8 kW on L1
    Then for 30 s the car draws at least 31 A
    When the house takes 5 kW on L2
    Then within 7 s the car draws 17.2 A
    And the house connection carries at most 40 A
